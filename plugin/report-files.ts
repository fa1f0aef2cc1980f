import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { LeakReport, Verdict } from './types.js'

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
    readonly file: string
    readonly project: string
    readonly test: string
    readonly state: string
    readonly verdict: Verdict
    readonly passed: boolean
  }[]
}

/**
 * Writes one JSON file per report and an index.json that lists them; what an earlier run's index lists is removed first.
 * Other files in the folder are left alone.
 */
export async function writeReports(folder: string, tests: readonly TestReports[]): Promise<ReportIndex> {
  await mkdir(folder, { recursive: true })
  await removeListed(folder)
  const taken = new Set<string>(['index.json'])
  const entries: ReportIndex['reports'][number][] = []
  for (const { reports, file, project, name: test, state } of tests) {
    for (const report of reports) {
      const name = freeName(`${fileNameOf(file)}.${fileNameOf(test)}`, taken)
      await writeJson(join(folder, name), report)
      entries.push({ report: name, file, project, test, state, verdict: report.verdict, passed: report.passed })
    }
  }
  const index: ReportIndex = { format: 'openresty-leak-index/1', reports: entries }
  await writeJson(join(folder, 'index.json'), index)
  return index
}

/** Writes JSON so that a reader sees the old file or the whole new one, never a half. The folder must exist. Devices and pipes are written as they are. */
export async function writeJson(file: string, value: unknown): Promise<void> {
  const present = await stat(file).catch(() => undefined)
  if (present && !present.isFile()) return writeFile(file, `${JSON.stringify(value, null, 2)}\n`) // a rename would replace the device
  const part = join(dirname(file), `.${basename(file)}.${process.pid}.part`)
  try {
    await writeFile(part, `${JSON.stringify(value, null, 2)}\n`)
    await rename(part, file)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
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
    return reports
      .map(({ report }) => String(report))
      .filter((name) => name === basename(name) && name.endsWith('.json'))
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
    const name = `${stem}${number === 1 ? '' : `-${number}`}.json`
    if (taken.has(name)) continue
    taken.add(name)
    return name
  }
}
