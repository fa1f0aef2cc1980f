import { compareStored, storedResult } from '../compare/judge/stored.js'
import { parseMinimums } from '../compare/judge/thresholds.js'
import { compareText } from '../report/compare/compare-text.js'
import type { FailOn } from '../types/compare/comparison.js'
import { COMPARISON_FORMS, type ComparisonForm } from './forms/comparison-forms.js'
import { LEVEL } from './options/compare-options.js'
import { type FileArguments, filesOf } from './options/file-options.js'
import { compareExitCode } from './terminal/exit.js'
import { type Terminal, textOptions } from './terminal/progress.js'
import { besideFiles, writeFiles } from './terminal/write-files.js'

/** What `resty-leak diff` takes for benchmark results. */
export interface ResultArguments extends FileArguments<ComparisonForm> {
  readonly threshold?: readonly string[]
  readonly failOn?: FailOn
  readonly anyEnvironment?: boolean
}

/** A file that was read as JSON. */
export interface ReadFile {
  readonly file: string
  readonly value: unknown
}

/**
 * `resty-leak diff A.json B.json` of stored benchmark results. Exits as `compare` does.
 * @throws BenchError or UsageError for files and options that make no sense
 */
export async function diffResults(
  before: ReadFile,
  after: ReadFile,
  given: ResultArguments,
  terminal: Terminal,
): Promise<number> {
  const comparison = compareStored(storedResult(before.value, before.file), storedResult(after.value, after.file), {
    failOn: given.failOn ?? 'leak',
    level: LEVEL,
    minimums: parseMinimums(given.threshold ?? []),
    anyTimes: given.anyEnvironment ?? false,
  })
  const files = await filesOf(given, COMPARISON_FORMS)
  const screen = besideFiles(terminal, files)
  screen.out.write(`${compareText(comparison, textOptions(screen))}\n`)
  return compareExitCode(comparison, await writeFiles(files, COMPARISON_FORMS, comparison, terminal))
}
