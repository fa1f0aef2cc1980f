import { plural } from '../../base/number.js'
import { sumBy } from '../../base/sum.js'
import type { WatchFacts } from '../../types/watch.js'
import { millisText, shareText } from './pause-words.js'

/** How long was watched, what of it was judged, and what it cost: sentences. Not escaped. */
export function watchWords({ rounds, judged, skipped, pause, everyMs }: WatchFacts): string[] {
  const seconds = sumBy(rounds, (round) => round.seconds)
  const all = Math.max(0, rounds.length - 1)
  const isPart = judged.from > 0 || judged.to < all
  return [
    `Watched for ${secondsText(seconds)}, one look each ${secondsText(everyMs / 1000)}: ${plural(all, 'round')}${isPart ? `, judged from look ${judged.from} to ${judged.to}` : ''}${skipped.length > 0 ? `, ${plural(skipped.length, 'look')} left out` : ''}.`,
    `Stood still for ${millisText(pause.totalMs)} in all, ${millisText(pause.longestMs)} at the longest: ${shareText(pause.share)} of the time.`,
  ]
}

/** `40 s`, `2.5 s`, `4 min`. */
export function secondsText(seconds: number): string {
  if (seconds >= 120) return `${Number((seconds / 60).toFixed(1))} min`
  return `${Number(seconds.toFixed(1))} s`
}
