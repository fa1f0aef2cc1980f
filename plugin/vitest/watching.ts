import { noteUpdate } from '../analysis/note-update.js'
import type { LiveTarget } from '../heapwalk/live.js'
import { type BaselineSection, underBaseline } from '../measure/baseline-file.js'
import type { LeakRun } from '../measure/measure.js'
import type { PlanInput } from '../measure/plan-options.js'
import type { LeakReport } from '../types/report.js'
import { watchLive } from '../watch/watch-live.js'
import { makeWatchPlan, type WatchInput, type WatchPlan } from '../watch/watch-plan.js'
import { watchRuntime } from '../watch/watch-runtime.js'
import { OptionsError } from './options.js'
import type { OpenrestyServer } from './server.js'

/** Whom to watch: a worker, or a master for all of its workers; a container by id or name; or a server that this test has started. */
export type WatchTarget = LiveTarget | { readonly server: OpenrestyServer }

export type WatchedInput = WatchTarget & WatchInput

/** What a watch takes over from its test. */
export interface WatchContext {
  /** Plan of the plugin's options: its budgets, known leaks and hidden keys hold for a watch, too. */
  readonly defaults: PlanInput
  /** Aborted when the test ends. */
  readonly signal: AbortSignal
  readonly record: (report: LeakReport) => void
  readonly baseline?: () => Promise<BaselineSection>
}

const TARGETS = ['pid', 'container', 'server'] as const

/** A watch that goes on while the test does something else. */
export class OpenrestyWatch {
  readonly #end = new AbortController()
  readonly #record: WatchContext['record']
  readonly #run: Promise<LeakRun>
  #isRecorded = false

  /** @throws PlanError or OptionsError for what cannot be watched */
  constructor(input: WatchedInput, context: WatchContext) {
    const {
      pid: _pid,
      container: _container,
      server: _server,
      ...options
    } = input as WatchedInput & Record<string, unknown>
    const { budgets, knownLeaks, redact } = context.defaults
    const plan = makeWatchPlan({
      ...(budgets !== undefined && { budgets }),
      ...(knownLeaks !== undefined && { knownLeaks }),
      ...(redact !== undefined && { redact }),
      ...(options as WatchInput),
    })
    this.#record = context.record
    this.#run = watched(targetOf(input, plan), plan, context, this.#end.signal)
    // whoever asks for the report gets the error; a test that never asks has ended it
    this.#run.catch(() => {})
  }

  /** The report once all rounds are over, for the same matchers as a measurement's. Throws WalkerError or RuntimeError for what cannot be read. */
  async report(): Promise<LeakRun> {
    const run = await this.#run
    if (!this.#isRecorded) this.#record(run)
    this.#isRecorded = true
    return run
  }

  /** Ends the watch now: the report of what was seen. Fewer than 4 rounds are `invalid`. */
  stop(): Promise<LeakRun> {
    this.#end.abort(new Error('the watch was stopped'))
    return this.report()
  }

  /** Resolves once nothing is read any more, however it ended. */
  async stopped(): Promise<void> {
    this.#end.abort(new Error('the test has ended, and its watch with it'))
    await this.#run.catch(() => {})
  }
}

async function watched(
  target: WatchTarget,
  plan: WatchPlan,
  { signal, baseline }: WatchContext,
  end: AbortSignal,
): Promise<LeakRun> {
  const section = await baseline?.()
  const options = { signal: AbortSignal.any([signal, end]), ...(section && { baseline: section.accepted }) }
  const seen =
    'server' in target
      ? await watchRuntime(target.server.runtime, plan, options)
      : await watchLive(target, plan, options)
  return section ? noteUpdate(await underBaseline(seen, section), section) : seen
}

function targetOf(input: WatchedInput, { freeze }: WatchPlan): WatchTarget {
  const named = TARGETS.filter((target) => Reflect.get(input, target) !== undefined)
  if (named.length !== 1) {
    const given = named.length === 0 ? 'names none of them' : `names ${named.join(' and ')}`
    throw new OptionsError('OPTION_INVALID', `openresty.watch() takes one of ${TARGETS.join(', ')}, and ${given}.`)
  }
  const option = freeze.maxPauseMs !== undefined ? 'maxPauseMs' : freeze.freeze !== undefined ? 'freeze' : undefined
  if (named[0] === 'server' && option !== undefined) {
    throw new OptionsError(
      'OPTION_INVALID',
      `${option} is for a server that somebody else needs: a server of this test is looked at whatever it takes. Leave it out.`,
    )
  }
  return input
}
