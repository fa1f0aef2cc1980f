import { rate, sizeRate } from '../../base/number.js'
import type { AcceptedGrowth, BaselineUpdate, UpdatedEntry } from '../../types/budget.js'
import type { GrowthUnit } from '../../types/growth.js'
import type { LeakReport } from '../../types/report.js'

/** An update of a baseline, and what the rates of its measurement count by. */
export interface ToldUpdate extends BaselineUpdate {
  readonly per: GrowthUnit
}

/** The updates that these reports tell of. */
export function updatesOf(reports: readonly LeakReport[]): ToldUpdate[] {
  return reports.flatMap(({ baselineUpdate, per }): ToldUpdate[] =>
    baselineUpdate === undefined ? [] : [{ ...baselineUpdate, per: per ?? 'request' }],
  )
}

/** `Baseline leaks.json: 2 new, 1 removed`, of updates of one file; how many of each kind. */
export function updateTitle(updates: readonly BaselineUpdate[]): string {
  const changes = updates.flatMap(({ entries }) => entries.map(({ change }) => change))
  const counted = CHANGES.map((change) => [changes.filter((each) => each === change).length, change] as const)
  const told = counted.filter(([amount]) => amount > 0).map(([amount, change]) => `${amount} ${change}`)
  return `Baseline ${updates[0]?.file}: ${told.length === 0 ? 'nothing grew that it would have to accept' : told.join(', ')}`
}

const CHANGES = ['new', 'changed', 'removed', 'kept'] as const satisfies readonly UpdatedEntry['change'][]

/** Cells of one entry: what became of it, its path, and the rates that it accepts. Not escaped. */
export function entryRow({ change, path, accepts, accepted }: UpdatedEntry, per: GrowthUnit): string[] {
  const now = accepts ? acceptedWords(accepts, per) : 'not needed any more'
  const before = accepted && change !== 'kept' ? `, was ${acceptedWords(accepted, per)}` : ''
  return [change, path, `${now}${before}`]
}

/** `1.00 object/request (42 B/request)`; by the second where it grows by the clock. */
function acceptedWords(accepted: AcceptedGrowth, per: GrowthUnit): string {
  const { objectsPerRequest, entriesPerRequest, bytesPerRequest, perSecond } = accepted
  if (perSecond !== undefined) return `${rate(perSecond)}/s`
  const bytes = bytesPerRequest === undefined ? [] : [`${sizeRate(bytesPerRequest)}/${per}`]
  const counted = objectsPerRequest ?? entriesPerRequest
  if (counted === undefined) return bytes.join('')
  const [one, many] = objectsPerRequest === undefined ? ['entry', 'entries'] : ['object', 'objects']
  const figure = `${rate(counted)} ${rate(counted) === '1.00' ? one : many}/${per}`
  return [figure, ...bytes.map((words) => `(${words})`)].join(' ')
}
