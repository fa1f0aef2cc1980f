import { nearest } from '../base/nearest.js'
import type { PlanInput } from '../measure/plan-options.js'
import type { RuntimeOptions } from '../types/runtime.js'

/** Whose server it is: the test's, or that of all tests of its file. */
export type ServerScope = 'test' | 'file'

/** Defaults for every leak test of a project; a test's own `start` and `measure` options win. All of it must survive JSON. */
export interface OpenrestyLeakOptions
  extends Partial<
    Pick<
      RuntimeOptions,
      | 'runtime'
      | 'image'
      | 'dockerfile'
      | 'openresty'
      | 'workers'
      | 'replace'
      | 'prepare'
      | 'env'
      | 'startTimeoutMs'
      | 'keep'
    >
  > {
  /** `'file'` lets the tests of a file share a server where they start it with the same options. Default `'test'`. */
  readonly scope?: ServerScope
  /** Defaults for `measure`: amount, connections, budgets and so on. */
  readonly plan?: PlanInput
  /** File of accepted growth, from Vitest's root; one that does not exist accepts nothing. */
  readonly baseline?: string
  /** Write what grows to the baseline, which then accepts it; so does `vitest -u`. Default false. */
  readonly updateBaseline?: boolean
  /** See that a planted leak is found on this runtime, once for each server; else its measurements are `invalid`. Default false. */
  readonly selfCheck?: boolean
  /** Keys that no report shows: `true` for all but those of code, or a regular expression of those to hide. Default: none. */
  readonly redact?: boolean | string
  /** Folder for the report files, from Vitest's root; false writes none. Default `.vitest/openresty-leak`. */
  readonly reports?: string | false
}

/** Folder for the report files where the options name none. */
export const DEFAULT_REPORTS = '.vitest/openresty-leak'

/** A wrong option of the plugin. `code` is `OPTION_UNKNOWN` or `OPTION_INVALID`. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError'
  readonly code: 'OPTION_UNKNOWN' | 'OPTION_INVALID'

  constructor(code: OptionsError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Refuses what the plugin does not know, so that a typing error does not silently measure something else.
 * @throws OptionsError naming the option and the legal ones
 */
export function checkOptions(options: OpenrestyLeakOptions): OpenrestyLeakOptions {
  refuseUnknown('openrestyLeak()', options, OPTION_NAMES)
  const { runtime, reports, baseline, updateBaseline } = options
  if (updateBaseline && baseline === undefined) {
    throw new OptionsError(
      'OPTION_INVALID',
      'openrestyLeak(): updateBaseline needs baseline: the file to write what is accepted to.',
    )
  }
  if (runtime !== undefined && !RUNTIMES.includes(runtime)) {
    throw new OptionsError(
      'OPTION_INVALID',
      `openrestyLeak(): runtime ${JSON.stringify(runtime)} is none of ${RUNTIMES.join(', ')}.`,
    )
  }
  checkWorkers('openrestyLeak()', options.workers)
  checkStartTimeout('openrestyLeak()', options.startTimeoutMs)
  checkScope('openrestyLeak()', options.scope)
  if (reports !== undefined && reports !== false && (typeof reports !== 'string' || reports === '')) {
    throw new OptionsError(
      'OPTION_INVALID',
      `openrestyLeak(): reports is ${JSON.stringify(reports)}; give a folder, or false for none.`,
    )
  }
  return options
}

/** @throws OptionsError for the first key of `options` that is not in `legal` */
export function refuseUnknown(where: string, options: object, legal: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (legal.includes(key)) continue
    const meant = nearest(key, legal)
    throw new OptionsError(
      'OPTION_UNKNOWN',
      `${where} has no option ${JSON.stringify(key)}${meant ? `; did you mean ${meant}?` : '.'} Legal: ${legal.join(', ')}.`,
    )
  }
}

/** @throws OptionsError for what is no number of workers: nginx starts with none at all, and serves nobody */
export function checkWorkers(where: string, workers: RuntimeOptions['workers']): void {
  if (workers === undefined || workers === 'conf' || (Number.isInteger(workers) && workers >= 1)) return
  throw new OptionsError(
    'OPTION_INVALID',
    `${where}: workers ${JSON.stringify(workers)} is no number of worker processes; give a whole number from 1 up, or 'conf'.`,
  )
}

/** @throws OptionsError for what is no time to wait */
export function checkStartTimeout(where: string, startTimeoutMs: RuntimeOptions['startTimeoutMs']): void {
  if (startTimeoutMs === undefined || (Number.isFinite(startTimeoutMs) && startTimeoutMs > 0)) return
  throw new OptionsError(
    'OPTION_INVALID',
    `${where}: startTimeoutMs ${JSON.stringify(startTimeoutMs)} is no time to wait; give a number of ms above 0.`,
  )
}

/** @throws OptionsError for what is no scope of a server */
export function checkScope(where: string, scope: ServerScope | undefined): void {
  if (scope === undefined || SCOPES.includes(scope)) return
  throw new OptionsError('OPTION_INVALID', `${where}: scope ${JSON.stringify(scope)} is none of ${SCOPES.join(', ')}.`)
}

/**
 * Pools in VM contexts load every package through a loader of their own, which fails on autocannon's `#!` line, and give no end of
 * their process that the servers could end with.
 * @throws OptionsError for such a pool
 */
export function checkPool(pool: string | undefined): void {
  if (pool !== 'vmThreads' && pool !== 'vmForks') return
  const error = new OptionsError(
    'OPTION_INVALID',
    `leak tests cannot run in pool ${JSON.stringify(pool)}, whose VM contexts cannot load the load generator. Use 'forks', the plugin's default; ` +
      'where other tests need that pool, give the leak tests a project of their own: defineLeakProject().',
  )
  // The pool is a setting; no line of the stack is where it was made.
  error.stack = `${error.name}: ${error.message}`
  throw error
}

const SCOPES: readonly string[] = ['test', 'file'] satisfies ServerScope[]

const RUNTIMES: readonly string[] = ['auto', 'local', 'container'] satisfies RuntimeOptions['runtime'][]

/** What both the plugin and a test's `start` accept; `prefix` and `conf` belong to one server only. */
export const RUNTIME_OPTION_NAMES = [
  'runtime',
  'image',
  'dockerfile',
  'openresty',
  'workers',
  'replace',
  'prepare',
  'env',
  'startTimeoutMs',
  'keep',
] as const satisfies (keyof RuntimeOptions)[]

const OPTION_NAMES = [
  ...RUNTIME_OPTION_NAMES,
  'scope',
  'plan',
  'redact',
  'baseline',
  'updateBaseline',
  'selfCheck',
  'reports',
]
