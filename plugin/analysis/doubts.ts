import type { Measurement } from './measurement.js'
import { smallRoundsDoubt } from './small-rounds.js'

/** Why a run in which nothing grows proves nothing, in sentences. */
export function doubtsOf(measurement: Measurement): readonly string[] {
  return [...(measurement.runtime.doubts ?? []), ...smallRoundsDoubt(measurement)]
}
