import type { RoundLoad } from '../types/load.js'
import { loadsOf, type Measurement } from './measurement.js'

/** Units in which a leak in one of ten shows at least once in 199 of 200 rounds. In fewer, a round that gains nothing tells nothing. */
const FEWEST = 50

/** Why a run in which nothing grew proves nothing: a command decides itself how much it does, and it was too little. */
export function smallRoundsDoubt(measurement: Measurement): string[] {
  const small = plannedBelow(measurement, () => FEWEST)
  if (small.length === 0) return []
  const { smallest, words } = told(small)
  return [
    `${words} had too few ${smallest.unit ?? 'request'}s to tell: ${smallest.completed}, where ${FEWEST} show a leak in every tenth. Let the command send more; $AMOUNT is the planned size of a round.`,
  ]
}

/** What is to be said where a command did less than a round's worth, and yet enough to tell something. */
export function smallRoundsNote(measurement: Measurement): string[] {
  const { rounds } = measurement.plan
  const small = plannedBelow(measurement, (round) => rounds[round] ?? 0)
  if (small.length === 0 || smallRoundsDoubt(measurement).length > 0) return []
  const { smallest, words } = told(small)
  return [
    `${words} had fewer ${smallest.unit ?? 'request'}s than planned, the fewest ${smallest.completed}: what comes rarely may not have shown. Let the command send more; $AMOUNT is the planned size of a round.`,
  ]
}

interface SmallRound {
  readonly round: number
  readonly load: RoundLoad
}

function plannedBelow(measurement: Measurement, least: (round: number) => number): SmallRound[] {
  if (measurement.plan.driver.kind !== 'command') return []
  return loadsOf(measurement, 'planned').flatMap((load, round) =>
    load.completed < least(round) ? [{ round, load }] : [],
  )
}

function told(small: readonly SmallRound[]) {
  const smallest = small.reduce((least, { load }) => (load.completed < least.completed ? load : least), small[0]!.load)
  const numbers = small.map(({ round }) => round + 1).join(', ')
  return { smallest, words: small.length === 1 ? `round ${numbers}` : `rounds ${numbers}` }
}
