import { resolve } from 'node:path'
import type { Plugin, TestProjectInlineConfiguration } from 'vitest/config'
import type { TestProject, Vitest } from 'vitest/node'
import { packageFile } from './base/package-files.js'
import { makePlan } from './measure/plan.js'
import { LUA_FILES, LuaChanges } from './vitest/lua-changes.js'
import { checkOptions, checkPool, type OpenrestyLeakOptions } from './vitest/options.js'
import OpenrestyLeakReporter from './vitest/reporter.js'
import { ProgressClearer } from './vitest/terminal/progress-clearer.js'
import { planTimeoutMs } from './vitest/timeout.js'

export type { LeakRun } from './measure/measure.js'
export type { PlanInput } from './measure/plan-options.js'
export type { BudgetInput, BudgetMetric, BudgetsInput, KnownLeak } from './types/budget.js'
export type { Comparison } from './types/compare/comparison.js'
export type { BenchResult } from './types/compare/result.js'
export type { Work, WorkCall } from './types/driver.js'
export type { Growth, GrowthClass, TypeGrowth } from './types/growth.js'
export type { LoadResult } from './types/load.js'
export type { LeakReport, ProcessGrowth, Verdict, Violation } from './types/report.js'
export type { RequestInput, RequestSpec } from './types/request.js'
export type { Runtime, RuntimeChoice, RuntimeOptions } from './types/runtime.js'
export type { TypeName } from './types/snapshot.js'
export type { OpenrestyLeakOptions } from './vitest/options.js'

/** Files that `defineLeakProject` takes for leak tests. */
export const LEAK_TEST_FILES = ['**/*.leak.test.{ts,mts,js,mjs}']

/**
 * The Vitest plugin: registers the matchers, hands its options to the `openresty` fixture, runs test files one at a time
 * with a timeout that fits the plan, and adds the reporter. What the user's config sets stays as it is.
 * @throws OptionsError for an unknown or impossible option; PlanError for an impossible `plan`
 */
export default function openrestyLeak(options: OpenrestyLeakOptions = {}): Plugin {
  checkOptions(options)
  const testTimeout = planTimeoutMs(
    makePlan({ request: '/', ...(options.redact !== undefined && { redact: options.redact }), ...options.plan }),
    options.startTimeoutMs,
  )
  return {
    name: 'vitest-openresty-leak',
    config(config) {
      const { test = {} } = config
      return {
        test: {
          setupFiles: [vitestFile('setup')],
          provide: {
            openrestyLeak: resolvePaths(options, resolve(config.root ?? process.cwd())),
            openrestyLeakColumns: process.stderr.isTTY ? process.stderr.columns || 80 : 0,
          },
          ...(test.pool === undefined && { pool: 'forks' }),
          ...(test.fileParallelism === undefined && { fileParallelism: false }),
          ...(test.testTimeout === undefined && { testTimeout }),
          ...(test.hookTimeout === undefined && { hookTimeout: testTimeout }),
        },
      }
    },
    configureVitest({ vitest, project }) {
      checkPool(project.config.pool)
      oneFileAtATime(project)
      project.provide('openrestyLeakAttaches', showsAttachments(vitest))
      rerunOnLua(vitest, project)
      if (options.baseline !== undefined && vitest.config.snapshotOptions.updateSnapshot === 'all') {
        project.provide('openrestyLeak', { ...resolvePaths(options, project.config.root), updateBaseline: true })
      }
      addReporter(vitest, options)
    },
  }
}

/**
 * A project of leak tests for the `projects` list of a config that has other tests too.
 * Takes files named `*.leak.test.ts`, runs them one at a time and never retries: a second try would hide a leak, not mend it.
 */
export function defineLeakProject(
  options: OpenrestyLeakOptions & { readonly name?: string; readonly include?: readonly string[] } = {},
): TestProjectInlineConfiguration {
  const { name = 'leak', include = LEAK_TEST_FILES, ...pluginOptions } = options
  return {
    plugins: [openrestyLeak(pluginOptions)],
    test: { name, include: [...include], retry: 0, sequence: { groupOrder: 1 } },
  }
}

/** The plugin with all other exports as its properties: what `require` gives a config in CommonJS, which then calls it. */
const forCommonJs = Object.assign(openrestyLeak.bind(undefined), {
  default: openrestyLeak,
  defineLeakProject,
  LEAK_TEST_FILES,
})

export { forCommonJs as 'module.exports' }

/** A file of vitest/, as source or compiled, whichever this code is. */
function vitestFile(name: string): string {
  return packageFile(import.meta.url.endsWith('.ts') ? `plugin/vitest/${name}.ts` : `dist/vitest/${name}.js`)
}

/** Paths in the options are relative to Vitest's root. A bare executable name stays one, to be looked up on PATH. */
function resolvePaths(options: OpenrestyLeakOptions, root: string): OpenrestyLeakOptions {
  const { dockerfile, openresty, baseline } = options
  return {
    ...options,
    ...(dockerfile !== undefined && { dockerfile: resolve(root, dockerfile) }),
    ...(baseline !== undefined && { baseline: resolve(root, baseline) }),
    ...(openresty?.includes('/') && { openresty: resolve(root, openresty) }),
  }
}

/** Vitest 3 knows `fileParallelism` for the whole run only; a project's own way to the same there is a single fork. */
function oneFileAtATime(project: TestProject): void {
  const { poolOptions } = project.config as { poolOptions?: { forks?: { singleFork?: boolean } } }
  if (poolOptions) poolOptions.forks = { ...poolOptions.forks, singleFork: true }
}

/** In watch mode a change of Lua or of a conf runs the project's tests again. No test imports such a file, so Vitest cannot know. */
function rerunOnLua({ config, state }: Vitest, { name, config: { root } }: TestProject): void {
  const changes = new LuaChanges(root)
  const own = () => state.getFiles().filter(({ projectName = '' }) => projectName === name)
  const testsToRun = (file: string) => (changes.isNew(file) ? own().map(({ filepath }) => filepath) : undefined)
  config.watchTriggerPatterns = [...(config.watchTriggerPatterns ?? []), { pattern: LUA_FILES, testsToRun }]
}

/** Vitest keeps the files that are attached to a test for good, so there are none where nobody shows them. */
function showsAttachments({ config: { ui, reporters } }: Vitest): boolean {
  const names = reporters.map((reporter) => (Array.isArray(reporter) ? reporter[0] : reporter))
  return ui || names.some((name) => name === 'html' || name === 'blob')
}

/** Several projects may carry the plugin; the run has one reporter. */
function addReporter(vitest: Vitest, { reports }: OpenrestyLeakOptions): void {
  const { reporters } = vitest.config
  if (!reporters.some((reporter) => reporter instanceof OpenrestyLeakReporter)) {
    reporters.push(new OpenrestyLeakReporter({ reports }))
    reporters.unshift(new ProgressClearer(process.stderr))
  }
}
