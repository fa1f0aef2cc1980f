import { writeFile } from 'node:fs/promises'
import type { Reporter, TestModule } from 'vitest/node'
import type { LeakReport } from '../types/report.js'
import { reportsOf } from './task-meta.js'

/** Names the file that the results of a run go to. */
export const RESULTS_FILE = 'OPENRESTY_LEAK_RESULTS'

/** What one test came to. */
export interface TestOutcome {
  readonly state: string
  readonly reports: readonly LeakReport[]
}

/** Hands what came of a run to the command that started it, and prints nothing. */
export default class ResultsReporter implements Reporter {
  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const outcomes = modules
      .flatMap((module) => [...module.children.allTests()])
      .map((test): TestOutcome => ({ state: test.result().state, reports: reportsOf(test.meta()) }))
    const file = process.env[RESULTS_FILE]
    if (file !== undefined) await writeFile(file, JSON.stringify(outcomes))
  }
}
