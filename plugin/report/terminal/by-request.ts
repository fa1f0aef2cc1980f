import { escaped } from '../../base/escape.js'
import type { RequestShare } from '../../types/growth.js'

/** Requests that gain, beyond which they are counted; of so few, those that gain nothing are told as well. */
const SHOWN = 8

/**
 * `  By request: GET /a 1.00/request, GET /b 0`; no line where nothing is known.
 * @param words of what one request gains
 */
export function byRequestLines(all: readonly RequestShare[] = [], words: (perRequest: number) => string): string[] {
  const [first] = all
  if (!first) return []
  const gained = (perRequest: number) => (perRequest === 0 ? '0' : words(perRequest))
  if (all.length > 1 && first.together === all.length)
    return [`  By request: all ${all.length} alike, ${gained(first.perRequest)}`]
  const shown = (all.length > SHOWN ? all.filter(isGaining) : all).slice(0, SHOWN)
  const rest = all.filter((share) => !shown.includes(share))
  const more = rest.filter(isGaining).length
  const told = shown.map((share) => `${escaped(share.request)} ${gained(share.perRequest)}${togetherWords(share)}`)
  return [
    `  By request: ${[
      ...told,
      ...(more > 0 ? [`${more} more`] : []),
      ...(rest.length > more ? [`${rest.length - more} others 0`] : []),
    ].join(', ')}`,
  ]
}

function isGaining({ perRequest }: RequestShare): boolean {
  return perRequest !== 0
}

function togetherWords({ together }: RequestShare): string {
  return together === undefined ? '' : ` (mean of ${together} that were not told apart)`
}
