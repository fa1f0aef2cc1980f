import { sumBy, sumOf } from '../base/sum.js'
import { LEAST_GROWTH } from './candidate.js'
import { gainNumbers, IDLE, lastLoaded, type Timeline } from './timeline.js'

/** So much of a growth may come where what holds it did not grow: sizes of what is held differ. */
const UNEXPLAINED_SHARE = 0.03
/** Where each holder that came last brought this many times what each brought at first, more holders are not the reason. */
const DENSER = 2
/** A round in which fewer came says nothing of that. */
const ENOUGH_HOLDERS = 30

/**
 * Whether a series grew because the number of things that hold it did: in proportion, in the same rounds, and not where that number stood still.
 * @param values what is held
 * @param holders how many hold it
 */
export function isExplained(values: readonly number[], holders: readonly number[], timeline: Timeline): boolean {
  const [held, holding] = [gainNumbers(values, timeline), gainNumbers(holders, timeline)]
  const end = lastLoaded(timeline)
  const gained = { values: values[end]! - values[IDLE]!, holders: holders[end]! - holders[IDLE]! }
  if (gained.holders <= 0) return false
  const each = usualShare(held, holding)
  const alone = sumOf(held.map((gain, round) => Math.max(0, gain - each * Math.max(0, holding[round]!))))
  if (alone > Math.max(LEAST_GROWTH, UNEXPLAINED_SHARE * gained.values)) return false
  const shares = holding.flatMap((came, round) => (came >= ENOUGH_HOLDERS ? [held[round]! / came] : []))
  return shares.length < 2 || shares.at(-1)! <= DENSER * shares[0]!
}

/** What each holder that came brought with it, in the rounds in which most of them came: the median, so that one round does not decide. */
function usualShare(held: readonly number[], holding: readonly number[]): number {
  const rounds = holding.flatMap((came, round) => (came > 0 ? [{ came, share: held[round]! / came }] : []))
  const half = sumBy(rounds, ({ came }) => came) / 2
  let seen = 0
  for (const { came, share } of rounds.toSorted((one, other) => one.share - other.share)) {
    seen += came
    if (seen >= half) return share
  }
  return 0
}
