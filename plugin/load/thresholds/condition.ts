import { LoadError } from '../error.js'
import type { Unit } from './metric.js'

/** What a value has to be. `share` conditions are judged in percent of the whole. */
export interface Condition {
  readonly operator: Operator
  /** In the metric's unit (microseconds, per second, bytes per second, a count), or in percent. */
  readonly limit: number
  readonly share: boolean
  /** As users read it: `< 20ms`. */
  readonly text: string
}

export type Operator = '<' | '<=' | '>' | '>=' | '='

const SCALES: Readonly<Record<Unit, Readonly<Record<string, number>>>> = {
  us: { us: 1, µs: 1, ms: 1e3, s: 1e6, m: 60e6 },
  perSecond: { '': 1, '/s': 1 },
  bytesPerSecond: {
    'b/s': 1,
    'kb/s': 1e3,
    'mb/s': 1e6,
    'gb/s': 1e9,
    'kib/s': 1024,
    'mib/s': 1024 ** 2,
    'gib/s': 1024 ** 3,
  },
  count: { '': 1 },
}

const FORMS: Readonly<Record<Unit, string>> = {
  us: "'< 20ms', '<= 1.5s', '< 800us'",
  perSecond: "'> 2000/s', '>= 2000'",
  bytesPerSecond: "'> 10 MB/s', '>= 512 KiB/s'",
  count: "0 (at most), '< 10', '< 0.1%', '>= 99.9%'",
}

const CONDITION = /^(<=|>=|==?|<|>)?\s*(\d+(?:\.\d+)?|\.\d+)\s*([a-zµμ/%]*)$/i

/**
 * Parses what a metric of `unit` has to be: `'< 20ms'`, `'> 2000/s'`, `'< 0.1%'`, or a number, which for a count means
 * at most. Throws a LoadError `LOAD_BAD_THRESHOLD` that names the value and the legal forms.
 */
export function parseCondition(metric: string, unit: Unit, input: string | number): Condition {
  const [, operator, digits, suffix = ''] = CONDITION.exec(String(input).trim()) ?? []
  const suffixed = suffix.replace('μ', 'µ').toLowerCase()
  const share = suffixed === '%' && unit === 'count'
  const scale = share ? 1 : SCALES[unit][suffixed]
  // Whether a bare number is a floor or a ceiling is plain for counts of what should not happen only.
  if (digits === undefined || scale === undefined || (operator === undefined && unit !== 'count')) {
    throw new LoadError(
      'LOAD_BAD_THRESHOLD',
      `threshold ${JSON.stringify(input)} of ${metric} can't be read: write ${FORMS[unit]}`,
    )
  }
  const meant = operator === undefined ? '<=' : ((operator === '==' ? '=' : operator) as Operator)
  return { operator: meant, limit: Number(digits) * scale, share, text: `${meant} ${digits}${suffix}` }
}

export function holds({ operator, limit }: Condition, value: number): boolean {
  switch (operator) {
    case '<':
      return value < limit
    case '<=':
      return value <= limit
    case '>':
      return value > limit
    case '>=':
      return value >= limit
    case '=':
      return value === limit
  }
}
