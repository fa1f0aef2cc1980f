import { inject, type TestAPI, test as vitestTest } from 'vitest'
import { makePlan } from '../measure/plan.js'
import type { PlanInput } from '../measure/plan-options.js'
import { Deadline } from './deadline.js'
import { EndWithParent } from './end-with-parent.js'
import { OpenrestyFixture } from './fixture.js'
import { type OpenrestyLeakOptions, OptionsError } from './options.js'
import { secondTryError } from './second-try.js'
import './setup.js'
import { FileServers } from './file-scope/file-servers.js'
import { addReport, reportsOf } from './task-meta.js'
import { workerTerminal } from './terminal/worker-terminal.js'
import { planTimeoutMs } from './timeout.js'

export type { LoadInput } from '../load/plan/input.js'
export { type WrkHeading, wrkSummary } from '../load/wrk-summary.js'
export type { LeakRun } from '../measure/measure.js'
export type { PlanInput } from '../measure/plan-options.js'
export type { BenchResult } from '../types/compare/result.js'
export { type BenchInput, benchRequests } from './bench-requests.js'
export type { OpenrestyFixture, StartOptions } from './fixture.js'
export { expect, type LeakAssertion, type LeakExpect } from './leak-expect.js'
export type { OpenrestyServer } from './server.js'
export type { OpenrestyWatch, WatchedInput, WatchTarget } from './watching.js'

declare module 'vitest' {
  interface ProvidedContext {
    openrestyLeak: OpenrestyLeakOptions
    /** Width of the terminal that Vitest's stderr is; 0 if it is none. */
    openrestyLeakColumns: number
    /** Whether the page of a failure is attached to its test: where something shows it. */
    openrestyLeakAttaches: boolean
  }
}

/**
 * Vitest's `test` with the `openresty` fixture: `await openresty.start({ conf: 'nginx.conf' })`.
 * Whatever it starts is stopped when the test ends, however it ends.
 */
export const test: TestAPI<{ openresty: OpenrestyFixture }> = vitestTest.extend<{
  openresty: OpenrestyFixture
  openrestyFile: FileServers
}>({
  openrestyFile: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the parameter's text, which has to be a pattern
    async ({}, use) => {
      using _ = new EndWithParent()
      await using servers = new FileServers()
      await use(servers)
    },
    { scope: 'file' },
  ],
  openresty: async ({ task, signal, onTestFailed, openrestyFile }, use) => {
    if (task.concurrent) {
      throw new OptionsError(
        'OPTION_INVALID',
        `leak test ${JSON.stringify(task.name)} is concurrent: two loads at once would disturb each other's measurement. Remove .concurrent.`,
      )
    }
    const refusal = secondTryError(task.result ?? {}, reportsOf(task.meta))
    // Undefined where the plugin is not in the config; the types do not know that.
    const defaults = inject('openrestyLeak') as OpenrestyLeakOptions | undefined
    using _ = new EndWithParent()
    using deadline = new Deadline(task.timeout, { hasPlugin: defaults !== undefined })
    await using fixture = new OpenrestyFixture({
      testFile: task.file.filepath,
      testName: fullName(task),
      defaults: defaults ?? {},
      // Whatever the test calls of ours ends with the refusal, at its own line.
      signal: AbortSignal.any([...(refusal ? [AbortSignal.abort(refusal)] : []), signal, deadline.signal]),
      record: (report) => addReport(task.meta, report),
      onStep: (step, measurement) => deadline.noteStep(step, measurement),
      terminal: workerTerminal((inject('openrestyLeakColumns') as number | undefined) ?? 0),
      shared: openrestyFile,
      onTestFailed,
    })
    await use(fixture)
  },
})

interface Named {
  readonly name: string
  readonly suite?: Named | undefined
}

/** The test's name after those of its suites. */
function fullName({ name, suite }: Named): string {
  return suite ? `${fullName(suite)} > ${name}` : name
}

/** Timeout for a test whose plan is bigger than the plugin's: `test('...', { timeout: leakTimeout({ amount: 1e6 }) }, ...)`. In ms. */
export function leakTimeout(input: PlanInput): number {
  return planTimeoutMs(makePlan(input))
}
