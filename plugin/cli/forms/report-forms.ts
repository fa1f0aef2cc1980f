import { reportJson } from '../../report/export/json.js'
import type { LeakReport } from '../../types/report.js'
import type { Forms } from './form.js'

/** A report, and what its heading calls the measured thing. */
export interface TitledReport {
  readonly report: LeakReport
  readonly title: string
}

/** The forms in which `run` and `watch` write their report. Most runs write none, or JSON: the others are loaded where they are asked for. */
export const REPORT_FORMS = {
  json: { help: 'write the report as JSON', text: ({ report }) => reportJson(report) },
  html: {
    help: 'write the report as one page, with a graph of the heap',
    text: async ({ report, title }) => (await import('../../report/html/html.js')).reportHtml(report, { title }),
  },
  markdown: {
    help: 'write the report for a pull request or step summary',
    text: async ({ report, title }) =>
      (await import('../../report/markdown/markdown.js')).reportMarkdown(report, { title }),
  },
} as const satisfies Forms<string, TitledReport>

export type ReportForm = keyof typeof REPORT_FORMS
