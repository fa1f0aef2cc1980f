import type { Growth } from '../../types/growth.js'
import type { ProcessGrowth } from '../../types/report.js'

/** How a growth's rates are given: what they count by, and what a rate per request is multiplied with to be one of these. */
export interface Pace {
  /** As it stands after a slash: `request`, `connection`, `reload`, `s`. */
  readonly unit: string
  readonly factor: number
}

type Rated = Pick<Growth, 'class' | 'per' | 'perSecond'>

/**
 * The pace of a growth on the Lua heap. What grows with time is given by the second: by request its rate depends on the machine.
 * Undefined where it grows with time and nobody measured how fast.
 */
export function paceOf(
  growth: Rated & Pick<Growth, 'objectsPerRequest' | 'entriesPerRequest' | 'bytesPerRequest'>,
): Pace | undefined {
  // perSecond is in the unit of the rounds: the first of these that moves
  const { objectsPerRequest, entriesPerRequest, bytesPerRequest } = growth
  return pace(growth, objectsPerRequest || entriesPerRequest || bytesPerRequest)
}

/** The pace of a growth off the Lua heap, whose perSecond is in bytes. */
export function processPace(growth: ProcessGrowth): Pace | undefined {
  return pace(growth, growth.bytesPerRequest)
}

function pace({ class: found, per, perSecond }: Rated, perRequest: number): Pace | undefined {
  if (found !== 'clock') return { unit: per ?? 'request', factor: 1 }
  return perSecond === undefined || perRequest === 0 ? undefined : { unit: 's', factor: perSecond / perRequest }
}
