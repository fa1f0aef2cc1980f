import { escapedLines } from '../base/escape.js'
import { plural } from '../base/number.js'
import { refuseUnmeasurable } from '../load/thresholds/measurable.js'
import { checkThresholds, parseThresholds, type ThresholdsInput } from '../load/thresholds/thresholds.js'
import { thresholdsText } from '../load/thresholds/thresholds-text.js'
import { violationRow } from '../report/terminal/budget-text.js'
import { headline } from '../report/terminal/headline.js'
import { palette } from '../report/terminal/palette.js'
import { reportText } from '../report/terminal/text.js'
import { wholeText } from '../report/terminal/whole-text.js'
import { wrapText } from '../report/terminal/wrap.js'
import type { BudgetsInput } from '../types/budget.js'
import type { RoundLoad } from '../types/load.js'
import type { LeakReport, Violation } from '../types/report.js'

/** What Vitest wants back from a matcher. */
export interface MatcherResult {
  readonly pass: boolean
  readonly message: () => string
}

/** What a matcher learns from Vitest's `this`. */
export interface MatcherState {
  readonly isNot?: boolean
  /** Columns that a message may take. Default: as many as it does. */
  readonly width?: number
}

/** A matcher was given something else than what `measure` or `load` returned. `code` is `MATCHER_SUBJECT`. */
export class MatcherError extends TypeError {
  override readonly name = 'MatcherError'
  readonly code = 'MATCHER_SUBJECT'
}

/**
 * Passes for a run that found no growth, or none that a budget, known leak or baseline of its plan does not cover.
 * A run that could not tell (inconclusive, invalid) fails with and without `.not`.
 * @throws MatcherError for anything but a report
 */
export function toHoldHeap(this: MatcherState, received: unknown): MatcherResult {
  const report = reportOf(received, 'toHoldHeap')
  const told = report.passed || report.verdict === 'leak' || report.verdict === 'ok'
  return told ? result(report.passed, report, this) : failWith(this, report)
}

/**
 * Passes for a run that these budgets, and not the plan's, find within their limits, by path:
 * `{ 'registry._LOADED.demo.foo': { tables: '16 KB', strings: '64 KB' } }`. Warnings don't fail. An invalid run fails with and without `.not`.
 * @throws MatcherError for anything but what `measure` returned; BudgetError for a budget that makes no sense
 */
export function toStayWithinBudget(this: MatcherState, received: unknown, budgets: BudgetsInput): MatcherResult {
  const { withBudgets } = reportOf(received, 'toStayWithinBudget') as { withBudgets?: (of: BudgetsInput) => LeakReport }
  if (typeof withBudgets !== 'function') {
    throw new MatcherError(
      'toStayWithinBudget needs what server.measure() returned: a report that was read back from a file no longer has its measurement.',
    )
  }
  if (!isMap(budgets))
    throw givenNothing('toStayWithinBudget', "{ 'package.loaded.demo.foo': { strings: '64 KB' } }", budgets)
  const report = withBudgets.call(received, budgets)
  if (report.verdict === 'invalid') return failWith(this, report)
  const exceeded = report.violations.filter(({ level }) => level === 'error')
  return result(exceeded.length === 0, report, this, budgetsTitle(exceeded, Object.keys(budgets).length))
}

/**
 * Passes if the load of a run, or a load on its own, met every threshold: `{ 'latency.p99': '< 20ms', errors: 0 }`. Warnings don't fail.
 * @throws MatcherError for anything but what `measure` or `load` returned; LoadError for a threshold that cannot be
 * read, or not be measured of such a load
 */
export function toMeetThresholds(this: MatcherState, received: unknown, thresholds: ThresholdsInput): MatcherResult {
  const load = loadOf(received)
  if (!isMap(thresholds)) throw givenNothing('toMeetThresholds', "{ 'latency.p99': '< 20ms' }", thresholds)
  const parsed = parseThresholds(thresholds)
  refuseUnmeasurable(parsed, load.driver ?? 'requests')
  const results = checkThresholds(load, parsed)
  const missed = results.filter(({ met, level }) => !met && level === 'error').length
  const title =
    missed === 0
      ? 'expected a threshold to be missed, but all are met:'
      : `${missed} of ${results.length} thresholds missed:`
  return { pass: missed === 0, message: () => `${title}\n\n${escapedLines(thresholdsText(results))}` }
}

/** @param title what was expected, for a matcher whose report begins with something else */
function result(pass: boolean, report: LeakReport, { width }: MatcherState, title?: string): MatcherResult {
  // A matcher that passed is asked for its message only under .not.
  const unexpected = () => `expected a failure, but: ${headline(report, palette(false))}`
  const whole = () => wholeText(report, width ? { width } : {})
  const failure = title === undefined ? whole : () => `${width ? wrapText(title, width) : title}\n\n${whole()}`
  return { pass, message: pass ? unexpected : failure }
}

/** `1 of 2 budgets exceeded:` and a line for each limit, since the heap may well have grown for another reason. */
function budgetsTitle(exceeded: readonly Violation[], given: number): string {
  const paths = new Set(exceeded.map(({ path }) => path)).size
  const rows = exceeded.map((violation) => `  ${violationRow(violation).join('   ')}`)
  return [`${paths} of ${plural(given, 'budget')} exceeded:`, ...rows].join('\n')
}

/** Fails whether or not `.not` stands before the matcher. */
function failWith(state: MatcherState, report: LeakReport): MatcherResult {
  return { pass: state.isNot === true, message: () => wholeText(report, state.width ? { width: state.width } : {}) }
}

function loadOf(received: unknown): RoundLoad {
  if (typeof received === 'object' && received !== null && 'latencyUs' in received) return received as RoundLoad
  const report = reportOf(received, 'toMeetThresholds')
  if (report.load) return report.load
  throw new MatcherError(`toMeetThresholds: no load was completed. ${reportText(report)}`)
}

function reportOf(received: unknown, matcher: string): LeakReport {
  if (typeof received === 'object' && received !== null && 'format' in received) {
    if (received.format === 'openresty-leak-report/1') return received as LeakReport
  }
  const hint = received instanceof Promise ? ' (a promise: is there an await missing?)' : ''
  throw new MatcherError(`${matcher} needs what server.measure() returned, not ${describe(received)}${hint}.`)
}

/** The types say so, and JavaScript does not ask them. */
function isMap(given: unknown): boolean {
  return typeof given === 'object' && given !== null
}

function givenNothing(matcher: string, example: string, given: unknown): MatcherError {
  return new MatcherError(`${matcher} needs what is allowed, such as ${matcher}(${example}), not ${describe(given)}.`)
}

function describe(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value)
  return `an object of ${value.constructor?.name ?? 'no class'}`
}
