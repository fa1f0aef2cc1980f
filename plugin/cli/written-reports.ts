import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { PullRequestReports } from '../report/pull-request/reports.js'
import { COMPARISON_FORMAT, type Comparison } from '../types/compare/comparison.js'
import type { LeakReport } from '../types/report.js'
import type { ReportIndex } from '../vitest/report-files.js'

type Written = Pick<PullRequestReports, 'measurements' | 'comparisons' | 'missing'>

/**
 * Reads what `run --json`, `compare --json` and the Vitest reporter (its index.json) have written. A file that is not there or is
 * no report is told as missing, since whoever names it expects one.
 * @param folder in which they were made, from the repository's root
 */
export async function readWrittenReports(files: readonly string[], folder: string): Promise<Written> {
  const all: Written[] = []
  for (const file of files) all.push(await readReports(file, folder))
  return together(all)
}

const NOTHING: Written = { measurements: [], comparisons: [], missing: [] }

function together(all: readonly Written[]): Written {
  return {
    measurements: all.flatMap(({ measurements }) => measurements),
    comparisons: all.flatMap(({ comparisons }) => comparisons),
    missing: all.flatMap(({ missing }) => missing),
  }
}

async function readReports(file: string, folder: string): Promise<Written> {
  const read = await readObject(file)
  if (typeof read === 'string') return { ...NOTHING, missing: [{ file, reason: read }] }
  switch (read.format) {
    case 'openresty-leak-index/1':
      return readIndex(file, read as unknown as ReportIndex, folder)
    case 'openresty-leak-report/1': {
      const report = read as unknown as LeakReport
      return { ...NOTHING, measurements: [{ title: basename(file, '.json'), state: '', folder, report }] }
    }
    case COMPARISON_FORMAT:
      return { ...NOTHING, comparisons: [read as unknown as Comparison] }
    default:
      return { ...NOTHING, missing: [{ file, reason: `its format is ${JSON.stringify(read.format) ?? 'not named'}.` }] }
  }
}

/** Each test of a run, with its report from the file beside the index. */
async function readIndex(file: string, { reports }: ReportIndex, folder: string): Promise<Written> {
  const all: Written[] = []
  for (const { report: name, file: test, test: title, state } of reports) {
    const path = join(dirname(file), basename(name))
    const report = await readObject(path)
    all.push(
      typeof report === 'string'
        ? { ...NOTHING, missing: [{ file: path, reason: report }] }
        : {
            ...NOTHING,
            measurements: [{ file: join(folder, test), title, state, folder, report: report as unknown as LeakReport }],
          },
    )
  }
  return together(all)
}

/** A JSON object with its format; or why there is none. */
async function readObject(file: string): Promise<{ readonly format?: unknown } | string> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    return code === 'ENOENT' ? 'it was never written, and the log says why.' : `it cannot be read (${code}).`
  }
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : 'it holds no report.'
  } catch (cause) {
    return `it is no JSON, or was cut off: ${(cause as Error).message}.`
  }
}
