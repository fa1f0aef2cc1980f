import { reportJson } from '../../report/export/json.js'
import { reportHtml } from '../../report/html/html.js'
import { reportMarkdown } from '../../report/markdown/markdown.js'
import type { LeakReport } from '../../types/report.js'
import type { Forms } from './form.js'

/** A report, and what its heading calls the measured thing. */
export interface TitledReport {
  readonly report: LeakReport
  readonly title: string
}

/** The forms in which `run` and `watch` write their report. */
export const REPORT_FORMS = {
  json: { help: 'write the report as JSON', text: ({ report }) => reportJson(report) },
  html: {
    help: 'write the report as one page, with a graph of the heap',
    text: ({ report, title }) => reportHtml(report, { title }),
  },
  markdown: {
    help: 'write the report for a pull request or step summary',
    text: ({ report, title }) => reportMarkdown(report, { title }),
  },
} as const satisfies Forms<string, TitledReport>

export type ReportForm = keyof typeof REPORT_FORMS
