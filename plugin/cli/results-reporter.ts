import { writeFile } from 'node:fs/promises'
import type { LeakReport } from '../types/report.js'
import { reportsOf } from '../vitest/task-meta.js'

/** Names the file that the results of a run go to. */
export const RESULTS_FILE = 'OPENRESTY_LEAK_RESULTS'

/** What one test came to. */
export interface TestOutcome {
  readonly state: string
  readonly reports: readonly LeakReport[]
}

/** What is read of Vitest's TestModule: Vitest itself is loaded by its face alone. */
interface Module {
  readonly children: {
    allTests(): Iterable<{ result(): { readonly state: string }; meta(): object }>
  }
}

/** A reporter for Vitest that hands what came of a run to the command that started it, and prints nothing. */
export default class ResultsReporter {
  async onTestRunEnd(modules: readonly Module[]): Promise<void> {
    const outcomes = modules
      .flatMap((module) => [...module.children.allTests()])
      .map((test): TestOutcome => ({ state: test.result().state, reports: reportsOf(test.meta()) }))
    const file = process.env[RESULTS_FILE]
    if (file !== undefined) await writeFile(file, JSON.stringify(outcomes))
  }
}
