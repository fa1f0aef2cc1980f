/** Longest target that is sent, in bytes. nginx's default `large_client_header_buffers` of 8k refuses a longer request line with 414. */
const LONGEST = 8000

export interface CleanTarget {
  /** Path and query, as HTTP can carry them. */
  readonly path: string
  /** Host of an absolute URI. */
  readonly host?: string
}

/**
 * A request target as it can be sent again, or why it cannot. Bytes that HTTP does not carry as they are (blanks, what is not ASCII, and
 * the braces that a template would take for its own) are percent-encoded. Never throws.
 */
export function cleanTarget(raw: string): CleanTarget | string {
  const [, authority, rest] = /^https?:\/\/([^/?#]*)([^#]*)/i.exec(raw) ?? []
  const target = authority === undefined ? raw.split('#', 1)[0]! : rest!.startsWith('/') ? rest! : `/${rest}`
  if (!target.startsWith('/')) return 'whose target is no path'
  if (target.length > LONGEST) return `longer than the ${LONGEST} bytes that nginx takes`
  if (/\p{Cc}/u.test(target.replace(/[\x80-\x9f]/g, ''))) return 'with control characters in the path'
  const host = authority === undefined ? undefined : cleanHost(authority)
  return { path: encoded(target), ...(host !== undefined && { host }) }
}

/** A host that may stand in a Host header; undefined for an address, which says nothing of a virtual server, and for what is none. */
export function cleanHost(host: string | undefined): string | undefined {
  if (host === undefined || !/^[a-z0-9_](?:[a-z0-9._-]{0,252})(?::\d{1,5})?$/i.test(host)) return undefined
  const name = host.replace(/:\d+$/, '').toLowerCase()
  return name === 'localhost' || /^[\d.]+$/.test(name) ? undefined : name
}

function encoded(target: string): string {
  return target.replace(/[^\x21-\x7e]|[{}]/g, (char) =>
    [...Buffer.from(char, 'latin1')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}
