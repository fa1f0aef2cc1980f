import { mkdir, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { writeJson, writeText } from '../base/write-file.js'
import { reportJson } from '../report/export/json.js'
import { reportHtml } from '../report/html/html.js'
import { runMarkdown } from '../report/markdown/markdown.js'
import type { LeakReport, Verdict } from '../types/report.js'

/** The reports of one test. */
export interface TestReports {
  /** Test file, from Vitest's root. */
  readonly file: string
  readonly project: string
  /** Full name of the test, with its suites. */
  readonly name: string
  /** Vitest's own result: a test may fail although its heap held. */
  readonly state: string
  /** In the order measured. */
  readonly reports: readonly LeakReport[]
}

/** What index.json holds. */
export interface ReportIndex {
  readonly format: 'openresty-leak-index/1'
  readonly reports: readonly {
    readonly report: string
    /** The same as a page; only for what failed. */
    readonly html?: string
    readonly file: string
    readonly project: string
    readonly test: string
    readonly state: string
    readonly verdict: Verdict
    readonly passed: boolean
  }[]
}

/**
 * Writes one JSON file per report, a page for each that failed, summary.md for all, comment.md where there is something to say,
 * and an index.json that lists them. What an earlier run wrote is removed first; other files in the folder are left alone.
 * The heaps by path are kept of failed tests only.
 */
export async function writeReports(folder: string, tests: readonly TestReports[]): Promise<ReportIndex> {
  await mkdir(folder, { recursive: true })
  await removeListed(folder)
  const taken = new Set<string>(['index'])
  const entries: ReportIndex['reports'][number][] = []
  for (const { reports, file, project, name: test, state } of tests) {
    for (const report of reports) {
      const stem = freeName(`${fileNameOf(file)}.${fileNameOf(test)}`, taken)
      const failed = !report.passed || state === 'failed'
      await writeText(join(folder, `${stem}.json`), reportJson(failed ? report : { ...report, paths: undefined }))
      if (failed) await writeText(join(folder, `${stem}.html`), reportHtml(report, { title: `${file} > ${test}` }))
      entries.push({
        report: `${stem}.json`,
        ...(failed && { html: `${stem}.html` }),
        file,
        project,
        test,
        state,
        verdict: report.verdict,
        passed: report.passed,
      })
    }
  }
  await writeText(join(folder, 'summary.md'), runMarkdown(tests))
  const comment = runMarkdown(tests, 'findings')
  if (comment !== '') await writeText(join(folder, 'comment.md'), comment)
  const index: ReportIndex = { format: 'openresty-leak-index/1', reports: entries }
  await writeJson(join(folder, 'index.json'), index)
  return index
}

async function removeListed(folder: string): Promise<void> {
  const index = join(folder, 'index.json')
  const text = await readFile(index, 'utf8').catch(() => undefined)
  if (text === undefined) return
  for (const name of listedIn(text)) await rm(join(folder, name), { force: true })
  await rm(index, { force: true })
}

/** The report files an index names; only plain names, so that a foreign index.json cannot reach out of the folder. */
function listedIn(text: string): string[] {
  try {
    const { format, reports } = JSON.parse(text) as Partial<ReportIndex>
    if (format !== 'openresty-leak-index/1' || !Array.isArray(reports)) return []
    const names = reports.flatMap(({ report, html }) => [String(report), String(html)])
    return [
      ...names.filter((name) => name === basename(name) && /\.(?:json|html)$/.test(name)),
      'summary.md',
      'comment.md',
    ]
  } catch {
    return []
  }
}

/** Letters, digits, dots and dashes of a name, short enough for any file system. */
function fileNameOf(name: string): string {
  return name
    .replace(/[^\p{L}\p{N}.]+/gu, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(-80)
}

/** Tests may share a name, and a test may measure twice: the second is `-2`. */
function freeName(stem: string, taken: Set<string>): string {
  for (let number = 1; ; number++) {
    const name = `${stem}${number === 1 ? '' : `-${number}`}`
    if (taken.has(name)) continue
    taken.add(name)
    return name
  }
}
