import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { plural } from '../base/number.js'
import { packageFile } from '../base/package-files.js'
import { runInSight } from '../base/spawn.js'
import { makeTempFolder } from '../base/temp-folder.js'
import type { LeakReport } from '../types/report.js'
import { RESULTS_FILE, type TestOutcome } from './results-reporter.js'
import { EXIT, exitCodeOf } from './terminal/exit.js'

/** How the tests went that were just written. */
export interface FirstRun {
  /** As for every subcommand. */
  readonly code: number
  readonly reports: readonly LeakReport[]
  readonly skipped: number
}

export interface FirstRunOptions {
  /** The project's folder. */
  readonly folder: string
  /** What `vitest run` is given. */
  readonly args: readonly string[]
  readonly signal: AbortSignal
}

const REPORTER = packageFile('dist/cli/results-reporter.js')

/** Runs the project's own Vitest once, in its user's sight. */
export async function firstRun({ folder, args, signal }: FirstRunOptions): Promise<FirstRun> {
  const temp = makeTempFolder({ keep: false })
  try {
    const results = join(temp.path, 'results.json')
    const command = [vitestMain(folder), 'run', ...args, '--reporter=default', `--reporter=${REPORTER}`]
    const env = { [RESULTS_FILE]: results }
    const passed = (await runInSight(process.execPath, command, { cwd: folder, env, signal })) === 0
    const outcomes = await outcomesIn(results)
    const reports = outcomes.flatMap((outcome) => outcome.reports)
    const skipped = outcomes.filter(({ state }) => state === 'skipped').length
    return { code: passed ? EXIT.passed : failureCode(reports), reports, skipped }
  } finally {
    await temp.remove()
  }
}

/** A growth counts for more than a measurement that failed beside it; a test that fails without either could not be measured. */
function failureCode(reports: readonly LeakReport[]): number {
  return reports.some((report) => exitCodeOf(report) === EXIT.failed) ? EXIT.failed : EXIT.unmeasured
}

function vitestMain(folder: string): string {
  return join(dirname(createRequire(join(folder, 'package.json')).resolve('vitest/package.json')), 'vitest.mjs')
}

/** None where Vitest itself did not start, which it has then said. */
async function outcomesIn(file: string): Promise<readonly TestOutcome[]> {
  const text = await readFile(file, 'utf8').catch(() => '[]')
  return JSON.parse(text) as TestOutcome[]
}

/** The verdict of the first run, and what to do now. */
export function nextStep({ code, reports, skipped }: FirstRun, command: string): string {
  const waiting =
    skipped === 0
      ? ''
      : `\n${skipped === 1 ? '1 test waits for what its comment asks' : `${skipped} tests wait for what their comments ask`} for.`
  if (code === EXIT.passed && reports.length === 0) {
    return `Nothing was measured yet: no route answers a GET.${waiting}\nThen run: ${command}`
  }
  if (code === EXIT.passed) {
    return `No leak: ${plural(reports.length, 'measurement')}, and the heap held in each. Commit the files: from now on ${command} fails where a change leaks.${waiting}`
  }
  if (code === EXIT.failed) {
    return `A leak: the report above says who holds what grows, and which line adds it. Mend it, or accept it for now by a baseline (docs/budgets.md), and run again: ${command}${waiting}`
  }
  return `Not all could be measured: what stood in the way is said above. Mend that in the test, and run again: ${command}${waiting}`
}
