import { hasPlaceholder } from '../plan/placeholder.js'
import type { Sighting } from './mix/sighting.js'

/** One line of a list: `/path`, `METHOD /path`, or a URL instead of the path; undefined for a blank line and for a comment (`#`). */
export function listLine(line: string): (Sighting & { readonly isTemplate: boolean }) | undefined {
  const text = line.trim()
  if (text === '' || text.startsWith('#')) return undefined
  const [first = '', ...rest] = text.split(/[ \t]+/)
  const isBare = rest.length === 0
  const target = isBare ? first : rest.join(' ')
  const origin = originOf(target)
  return {
    method: isBare ? 'GET' : first.toUpperCase(),
    target: origin === undefined ? target : target.slice(origin.length) || '/',
    isTemplate: hasPlaceholder(target),
    ...(origin !== undefined && { origin }),
  }
}

/** A URL says which port of the conf it is for; one with a user name is none that could be sent. */
function originOf(target: string): string | undefined {
  const [origin] = /^https?:\/\/[a-z0-9._-]+(?::\d{1,5})?(?=[/?#]|$)/i.exec(target) ?? []
  return origin !== undefined && URL.canParse(origin) ? origin : undefined
}

/** Whether a line may be one of a list. */
export function looksListed(line: string): boolean {
  return /^(?:[A-Za-z]{3,20}[ \t]+)?(?:\/|https?:\/\/)\S*$/.test(line.trim())
}
