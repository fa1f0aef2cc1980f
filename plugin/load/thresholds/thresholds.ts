import type { RoundLoad } from '../../types/load.js'
import type { Violation } from '../../types/report.js'
import { LoadError } from '../error.js'
import { type Condition, holds, parseCondition } from './condition.js'
import { figure, percent } from './figure.js'
import { type Metric, metricOf } from './metric.js'

/** What a metric has to be: `'< 20ms'`, `'> 2000/s'`, `0` (at most), `'< 0.1%'`; with `warn` it is shown and does not fail. */
export type ThresholdInput = string | number | { readonly limit: string | number; readonly level?: 'error' | 'warn' }

/** By metric, or by metric and request name: `{ 'latency.p99': '< 20ms', '5xx{POST /t}': 0 }`. */
export type ThresholdsInput = Readonly<Record<string, ThresholdInput>>

/** One threshold after parsing. */
export interface Threshold {
  /** As written: `latency.p99` or `latency.p99{GET /t}`. */
  readonly key: string
  readonly metric: Metric
  /** Null for the whole load. */
  readonly request: string | null
  readonly condition: Condition
  readonly level: 'error' | 'warn'
}

export type Thresholds = readonly Threshold[]

/** A threshold beside what was measured. */
export interface ThresholdResult extends Threshold {
  readonly met: boolean
  /** In the condition's unit; null if it was not measured, and then it is not met. */
  readonly actual: number | null
  /** `31.2 ms`, or why there is no value. */
  readonly actualText: string
}

const KEY = /^([^{}\s]+)\s*(?:\{(.+)\})?$/

/** Throws a LoadError `LOAD_BAD_THRESHOLD` for an unknown metric (with the nearest one) or a limit that can't be read. */
export function parseThresholds(input: ThresholdsInput): Thresholds {
  return Object.entries(input).map(([key, given]) => {
    const [, name, request] = KEY.exec(key.trim()) ?? []
    if (name === undefined) {
      throw new LoadError(
        'LOAD_BAD_THRESHOLD',
        `'${key}' names no metric: write 'latency.p99' or 'latency.p99{GET /t}'`,
      )
    }
    const metric = metricOf(name)
    if (request !== undefined && !metric.ofRequest) {
      throw new LoadError('LOAD_BAD_THRESHOLD', `${name} is not known per request: write '${name}' for the whole load`)
    }
    const { limit, level } = typeof given === 'object' && given !== null ? given : { limit: given, level: undefined }
    if (level !== undefined && level !== 'error' && level !== 'warn') {
      throw new LoadError('LOAD_BAD_THRESHOLD', `level '${level}' of ${key} does not exist: write 'error' or 'warn'`)
    }
    const condition = parseCondition(name, metric.unit, limit)
    return { key: key.trim(), metric, request: request ?? null, condition, level: level ?? 'error' }
  })
}

/** Every threshold beside its actual value, in the order given. */
export function checkThresholds(load: RoundLoad, thresholds: Thresholds): ThresholdResult[] {
  return thresholds.map((threshold) => {
    const { metric, request, condition } = threshold
    const part = request === null ? null : load.byRequest?.[request]
    if (part === undefined) return unmeasured(threshold, `no request named ${request}`)
    const value = part ? (metric.ofRequest?.(part) ?? null) : metric.of(load)
    const whole = metric.whole?.(part ?? load) ?? 0
    if (value === null || (condition.share && whole === 0)) return unmeasured(threshold, 'not measured')
    const actual = condition.share ? (value / whole) * 100 : value
    const actualText = condition.share ? percent(actual / 100) : figure(value, metric.unit)
    return { ...threshold, actual, actualText, met: holds(condition, actual) }
  })
}

/**
 * The thresholds that `load` does not meet, as a report's violations: `path` is the request name or `load`, `limit` and
 * `actual` are in the metric's unit (microseconds, per second, bytes per second, a count) or in percent, `text` says it.
 */
export function judgeThresholds(load: RoundLoad, thresholds: Thresholds): Violation[] {
  return checkThresholds(load, thresholds)
    .filter(({ met }) => !met)
    .map(({ key, request, condition, actual, actualText, level }) => ({
      path: request ?? 'load',
      metric: key,
      limit: condition.limit,
      actual: actual ?? 0,
      level,
      text: `${key} ${actualText}, threshold ${condition.text}`,
    }))
}

function unmeasured(threshold: Threshold, actualText: string): ThresholdResult {
  return { ...threshold, met: false, actual: null, actualText }
}
