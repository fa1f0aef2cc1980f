import { escaped, escapedLines } from '../../base/escape.js'
import { count, gain, plural, size, sizeGain } from '../../base/number.js'
import type { GrowsSoFar, WatchEvent } from '../../types/watch.js'
import { type Palette, palette } from '../terminal/palette.js'
import { ANY_WIDTH, type TextOptions } from '../terminal/text-options.js'
import { wrapText } from '../terminal/wrap.js'
import { millisText } from '../words/pause-words.js'
import { secondsText } from '../words/watch-words.js'

/** Growths beyond these are counted. */
const SHOWN = 2

/** One event of a watch as a line of a terminal, broken where that is narrower. `rounds` are those that the watch asked for. */
export function watchLine(
  event: WatchEvent,
  rounds: number,
  { colour = false, width = ANY_WIDTH }: TextOptions = {},
): string {
  return wrapText(eventText(event, rounds, palette(colour)), width)
}

function eventText(event: WatchEvent, rounds: number, paint: Palette): string {
  switch (event.event) {
    case 'start': {
      const workers = `${event.workers.length === 1 ? 'worker' : 'workers'} ${event.workers.join(', ')}`
      return `watching ${escaped(event.description)}, ${workers}: ${plural(event.rounds, 'round')} of ${secondsText(event.everyMs / 1000)}`
    }
    case 'skipped':
      return paint.unsure(`look left out: ${escapedLines(event.skipped)}`)
    case 'round': {
      const grows = event.grows.filter(({ coveredBy }) => coveredBy === null)
      const facts = [
        event.counted === 0 ? 'first look' : `round ${event.counted} of ${rounds}`,
        ...(event.round === 0 ? [] : [secondsText(event.seconds)]),
        ...(event.requests === null ? [] : [plural(event.requests, 'request')]),
        plural(event.objects, 'object'),
        size(event.bytes),
        `stood still ${millisText(event.pauseMs)}`,
        ...(event.counted === 0 ? [] : [growsWords(grows)]),
      ]
      const line = facts.join('   ')
      const told = grows.some(({ class: found }) => found !== 'slowing') ? paint.bad(line) : line
      if (event.restart === undefined) return told
      return `${escaped(event.restart)}${event.round === 0 ? '' : ': rounds are counted anew'}\n${told}`
    }
  }
}

function growsWords(grows: readonly GrowsSoFar[]): string {
  if (grows.length === 0) return 'nothing grows so far'
  const more = grows.length - SHOWN
  return `grows: ${grows.slice(0, SHOWN).map(oneWords).join('; ')}${more > 0 ? `; and ${count(more)} more` : ''}`
}

function oneWords({ class: found, path, gained, unit }: GrowsSoFar): string {
  const amount = unit === 'bytes' ? sizeGain(gained) : `${gain(gained)} ${unit}`
  return `${escaped(path)} ${amount}${CLASS_WORDS[found] ?? ''}`
}

const CLASS_WORDS: Readonly<Record<string, string>> = { leak: ' (leak)', clock: ' (leak, by the clock)' }
