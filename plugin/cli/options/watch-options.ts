import { resolve } from 'node:path'
import { parseBudgetArgument } from '../../budget/budget.js'
import { parseKnownArgument } from '../../budget/known-leak.js'
import type { LiveTarget } from '../../heapwalk/live.js'
import { type BaselineSection, readSection } from '../../measure/baseline-file.js'
import { makeWatchPlan, type WatchPlan } from '../../watch/watch-plan.js'
import { type LiveArguments, liveTarget, maxPauseOf } from './live-options.js'
import { writable } from './run-options.js'
import { UsageError } from './usage.js'
import { someMilliseconds, whole } from './values.js'

/** What commander hands over for `resty-leak watch`: strings as typed, lists for repeatable options. */
export interface WatchArguments extends LiveArguments {
  readonly every?: string
  readonly rounds?: string
  readonly until?: string
  readonly onLeak?: string
  readonly budget?: readonly string[]
  readonly known?: readonly string[]
  readonly baseline?: string
  readonly updateBaseline?: boolean
  readonly redact?: string | true
  /** True where no file is named. */
  readonly json?: string | true
  readonly html?: string
  readonly markdown?: string
}

/** A watch as it will be done; nothing has been started yet. */
export interface WatchSettings {
  readonly target: LiveTarget
  readonly watch: WatchPlan
  readonly baseline: BaselineSection | undefined
  /** What `/bin/sh -c` runs once something leaks. */
  readonly onLeak: string | undefined
  /** Whether stdout has a JSON document on each line, for programs. */
  readonly lines: boolean
  /** Absolute paths of the reports that are asked for. */
  readonly json: string | undefined
  readonly html: string | undefined
  readonly markdown: string | undefined
  /** What the reports are about. */
  readonly title: string
}

/** The only section of a baseline: pids and containers come and go. */
const SECTION = 'watch'

/**
 * Checks every argument before anything starts.
 * @throws UsageError, or the PlanError, BudgetError, KnownLeakError, BaselineError of the part that an argument is for
 */
export async function watchSettings(given: WatchArguments): Promise<WatchSettings> {
  const target = liveTarget(given)
  const { onLeak, json, html, markdown, until } = given
  if (onLeak?.trim() === '') throw new UsageError('--on-leak needs a command, which /bin/sh -c runs.')
  if (until !== undefined && until !== 'leak') {
    throw new UsageError(`--until ${JSON.stringify(until)} is no end of a watch: write --until leak.`)
  }
  const everyMs = someMilliseconds('--every', given.every)
  const rounds = whole('--rounds', given.rounds)
  const maxPauseMs = maxPauseOf(given)
  const file = async (option: string, path: string | undefined) =>
    path === undefined ? undefined : await writable(option, path)
  return {
    target,
    watch: makeWatchPlan({
      ...(everyMs !== undefined && { everyMs }),
      ...(rounds !== undefined && { rounds }),
      ...(maxPauseMs !== undefined && { maxPauseMs }),
      ...(until !== undefined && { until }),
      ...(given.redact !== undefined && { redact: given.redact }),
      budgets: (given.budget ?? []).map(parseBudgetArgument),
      knownLeaks: (given.known ?? []).map(parseKnownArgument),
    }),
    baseline: await baselineOf(given),
    onLeak,
    lines: json === true,
    json: await file('--json', json === true ? undefined : json),
    html: await file('--html', html),
    markdown: await file('--markdown', markdown),
    title: 'pid' in target ? `process ${target.pid}` : `container ${target.container}`,
  }
}

async function baselineOf({ baseline, updateBaseline = false }: WatchArguments): Promise<BaselineSection | undefined> {
  if (baseline !== undefined) {
    const file = updateBaseline ? await writable('--baseline', baseline) : resolve(baseline)
    return readSection(file, SECTION, { update: updateBaseline, mustExist: true })
  }
  if (updateBaseline) throw new UsageError('--update-baseline needs --baseline FILE: where to write what is accepted.')
  return undefined
}
