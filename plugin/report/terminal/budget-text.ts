import { escaped } from '../../base/escape.js'
import { count, rate, size } from '../../base/number.js'
import type { Violation } from '../../types/report.js'

/** Cells of a violated budget in the line of a growth's type. What the budget adds up to is said where the line's own bytes are not it. */
export function budgetWords({ path, metric, limit, actual, level, by }: Violation, bytes: number): string[] {
  const sum = bytes === actual ? '' : `, all below ${escaped(path)} has ${amount(metric, actual)}`
  return [`${by ?? 'budget'} ${amount(metric, limit)}${sum}`, JUDGEMENT[level]]
}

/** A violated budget whose metric has no line among a growth's types: metric, place, objects, bytes, rate, budget, judgement. */
export function limitRow({ metric, limit, actual, level, by, unjudged }: Violation): string[] {
  if (unjudged !== undefined) return [metric, '', '', '', `budget ${amount(metric, limit)}`, unjudgedWords(unjudged)]
  const value = amount(metric, actual)
  const cells = COUNTED.has(metric) ? [value, ''] : RATE.test(metric) ? ['', '', value] : ['', value]
  return [metric, '', ...cells, `${by ?? 'budget'} ${amount(metric, limit)}`, JUDGEMENT[level]]
}

/** A violation in a line of its own: `registry._LOADED.demo.foo  strings 848.6 KB, budget 64 KB  exceeded`. */
export function violationRow(violation: Violation): string[] {
  const { path, metric, limit, actual, nearest, level, by, unjudged } = violation
  if (unjudged !== undefined) {
    return [escaped(path), `${metric}, budget ${amount(metric, limit)}   ${unjudgedWords(unjudged)}`]
  }
  if (nearest) {
    const hint = nearest.length > 0 ? `; nearest: ${nearest.map(escaped).join(', ')}` : ''
    return [escaped(path), `never existed${hint}`]
  }
  return [
    escaped(path),
    `${metric} ${amount(metric, actual)}, ${by ?? 'budget'} ${amount(metric, limit)}   ${JUDGEMENT[level]}`,
  ]
}

function unjudgedWords(why: string): string {
  return `cannot be judged: who holds malloc is not known (${escaped(why)})`
}

const JUDGEMENT = { error: 'exceeded', warn: 'exceeded (warning)' } as const

/** A threshold that the load missed: `latency.p99 31.2 ms, threshold < 20ms   missed`. */
export function thresholdRow({ text = '', level }: Violation): string[] {
  return [escaped(text), level === 'warn' ? 'missed (warning)' : 'missed']
}

/** A value in the unit of its metric. */
function amount(metric: string, value: number): string {
  if (metric === 'bytesPerRequest') return `${size(value)}/request`
  if (metric.endsWith('PerRequest')) return `${rate(value)}/request`
  if (metric === 'perSecond') return `${rate(value)}/s`
  return COUNTED.has(metric) ? count(value) : size(value)
}

const RATE = /PerRequest$|^perSecond$/
const COUNTED = new Set(['objects', 'entries', 'bound'])
