import type { AcceptedGrowth, Baseline } from '../types/budget.js'
import type { Growth } from '../types/growth.js'
import type { Violation } from '../types/report.js'

/** How much a run could count on: a rate seen over few events says little. */
export interface Evidence {
  /** Requests of all rounds. */
  readonly requests: number
  /** Seconds in which nobody asked anything, for growth by the clock. */
  readonly idleS: number
}

const RATES = ['objectsPerRequest', 'entriesPerRequest', 'bytesPerRequest', 'perSecond'] as const
type Rate = (typeof RATES)[number]

/** What a baseline judges of a growth, on the Lua heap or off it. */
export type BaselineGrowth = Pick<Growth, 'class' | 'vm' | 'path' | Rate>

/** A rate may be this much above the accepted one, and by chance this many sigmas more. */
const TOLERANCE = 0.1
const SIGMA = 4

/** Where a growth stands in a baseline: its path, with its VM before it unless that is http's. */
export function baselineKey({ vm, path }: Pick<Growth, 'vm' | 'path'>): string {
  return vm === 'http' ? path : `${vm} ${path}`
}

/** What a baseline must hold to accept these growths. An entry that still fits is kept as it is, so that the file does not change by chance. */
export function acceptGrowths(growths: readonly BaselineGrowth[], before: Baseline, evidence: Evidence): Baseline {
  const entries = growths.map((growth) => {
    const key = baselineKey(growth)
    const entry = before[key]
    return [key, entry && fits(growth, entry, evidence) ? entry : acceptedGrowth(growth)] as const
  })
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** The rates by which a growth exceeds what is accepted of it; none for a growth within. */
export function exceeding(growth: BaselineGrowth, accepted: AcceptedGrowth, evidence: Evidence): Violation[] {
  return judgedRates(growth.class).flatMap((metric) => {
    const [limit, actual] = [accepted[metric] ?? 0, growth[metric] ?? 0]
    if (actual <= limit * (1 + slack(accepted, evidence))) return []
    return [{ path: growth.path, metric, limit, actual, level: 'error' as const, by: 'baseline' as const }]
  })
}

/**
 * A growth under a baseline: covered by it, or with the violations of what it accepts. A budget or a known leak comes first:
 * the baseline is for what has neither.
 */
export function judgeByBaseline<T extends BaselineGrowth & Pick<Growth, 'coveredBy'>>(
  growth: T,
  baseline: Baseline,
  evidence: Evidence,
): { readonly coveredBy: Growth['coveredBy']; readonly violations: readonly Violation[] } {
  const { coveredBy } = growth
  const accepted = baseline[baselineKey(growth)]
  if (coveredBy !== null || !accepted) return { coveredBy, violations: [] }
  const violations = exceeding(growth, accepted, evidence)
  return { coveredBy: violations.length === 0 ? 'baseline' : null, violations }
}

/** Entries that nothing grows at any more. */
export function staleEntries(baseline: Baseline, growths: readonly BaselineGrowth[]): string[] {
  const seen = new Set(growths.map(baselineKey))
  return Object.keys(baseline).filter((key) => !seen.has(key))
}

function acceptedGrowth(growth: BaselineGrowth): AcceptedGrowth {
  const rates = judgedRates(growth.class).flatMap((metric) => {
    const value = growth[metric] ?? 0
    return value > 0 ? [[metric, Number(value.toPrecision(3))] as const] : []
  })
  return { class: growth.class, ...Object.fromEntries(rates) }
}

/** Neither more nor much less: an entry that is far too generous hides the next leak. */
function fits(growth: BaselineGrowth, entry: AcceptedGrowth, evidence: Evidence): boolean {
  const accepted = acceptedGrowth(growth)
  const reversed: BaselineGrowth = { ...growth, ...NO_RATES, ...entry }
  return (
    growth.class === entry.class &&
    exceeding(growth, entry, evidence).length === 0 &&
    exceeding(reversed, accepted, evidence).length === 0
  )
}

const NO_RATES = { objectsPerRequest: 0, entriesPerRequest: 0, bytesPerRequest: 0, perSecond: 0 } as const

/** How fast a growth by the clock is by request depends on the machine. */
function judgedRates(found: Growth['class']): readonly Rate[] {
  return RATES.filter((metric) => (metric === 'perSecond') === (found === 'clock'))
}

/** By the number of events expected; the accepted rate was seen by chance, too. Contents alone come by the byte, without chance. */
function slack(
  { objectsPerRequest = 0, entriesPerRequest = 0, perSecond }: AcceptedGrowth,
  evidence: Evidence,
): number {
  const perRequest = Math.max(objectsPerRequest, entriesPerRequest)
  const expected = perSecond === undefined ? perRequest * evidence.requests : perSecond * evidence.idleS
  return TOLERANCE + (expected > 0 ? (SIGMA * Math.SQRT2) / Math.sqrt(expected) : 0)
}
