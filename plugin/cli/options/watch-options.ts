import type { LiveTarget } from '../../heapwalk/live.js'
import type { BaselineSection } from '../../measure/baseline-file.js'
import { makeWatchPlan, type WatchPlan } from '../../watch/watch-plan.js'
import type { Files } from '../forms/form.js'
import { REPORT_FORMS, type ReportForm } from '../forms/report-forms.js'
import { type FileArguments, filesOf } from './file-options.js'
import { baselineOf, type JudgingArguments, judgingOf } from './judging-options.js'
import { freezeOf, type LiveArguments, liveTarget } from './live-options.js'
import { UsageError } from './usage.js'
import { someMilliseconds, whole } from './values.js'

/** What commander hands over for `resty-leak watch`: strings as typed, lists for repeatable options. */
export interface WatchArguments extends LiveArguments, JudgingArguments, FileArguments<ReportForm> {
  readonly every?: string
  readonly rounds?: string
  readonly until?: string
  readonly onLeak?: string
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
  readonly files: Files<ReportForm>
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
  const { onLeak, json, until } = given
  if (onLeak?.trim() === '') throw new UsageError('--on-leak needs a command, which /bin/sh -c runs.')
  if (until !== undefined && until !== 'leak') {
    throw new UsageError(`--until ${JSON.stringify(until)} is no end of a watch: write --until leak.`)
  }
  const everyMs = someMilliseconds('--every', given.every)
  const rounds = whole('--rounds', given.rounds)
  const { maxPauseMs, freeze } = freezeOf(given)
  return {
    target,
    watch: makeWatchPlan({
      ...(everyMs !== undefined && { everyMs }),
      ...(rounds !== undefined && { rounds }),
      ...(maxPauseMs !== undefined && { maxPauseMs }),
      ...(freeze !== undefined && { freeze }),
      ...(until !== undefined && { until }),
      ...judgingOf(given),
    }),
    baseline: await baselineOf(given, SECTION),
    onLeak,
    lines: json === true,
    files: await filesOf(given, REPORT_FORMS),
    title: 'pid' in target ? `process ${target.pid}` : `container ${target.container}`,
  }
}
