import { plural } from '../../base/number.js'
import type { Comparison } from '../../types/compare/comparison.js'
import { MOST_ROUNDS } from './compare-rows.js'

/** The verdict, `Failed (--fail-on leak).`, and what to do next, a sentence each. */
export function nextSteps(comparison: Comparison): string[] {
  const { passed, measured, memory, times, failOn } = comparison
  if (!measured) return []
  const verdict = `${passed ? 'Passed' : 'Failed'} (--fail-on ${failOn}).`
  const slower = times.some(({ call }) => call === 'slower')
  const keeps = memory?.kept.some(({ call }) => call === 'more') ?? false
  return [
    verdict,
    ...(keeps ? ['`resty-leak run` on head shows round by round what is kept, and what usually mends it.'] : []),
    ...(slower && failOn === 'leak' ? ['Times are only told: --fail-on slower or either makes them count.'] : []),
    ...undecidedStep(comparison),
  ]
}

/** The undecided time that takes the fewest rounds; a stored result has no rounds to add. */
function undecidedStep({ times, seconds }: Comparison): string[] {
  const undecided = times.filter(({ call }) => call === 'unsure')
  const [nearest] = undecided.toSorted((one, other) => (one.moreRounds ?? 0) - (other.moreRounds ?? 0))
  if (!nearest || seconds === null) return []
  const { task, metric, rounds, moreRounds = 0 } = nearest
  const subject = undecided.length === 1 ? `${task} ${metric}` : `${plural(undecided.length, 'time')}`
  if (moreRounds > MOST_ROUNDS) return [`The machine is too busy to tell ${subject}: compare on a quieter one.`]
  return [`--rounds ${rounds + moreRounds} would tell ${task} ${metric}.`]
}
