import type { Address } from '../types/place.js'

/** An origin or URL on a unix socket, as nginx's proxy_pass has it: `http://unix:/run/app.sock:/path`. Groups: scheme, socket, path. */
export const SOCKET_URL = /^(https?:)\/\/unix:(\/[^:?#]+):?(\/[^#]*)?/i

/** What to connect to for an origin. */
export function addressOf(origin: string): Address {
  const onSocket = SOCKET_URL.exec(origin)
  if (onSocket) return { kind: 'unix', path: onSocket[2]! }
  const url = new URL(origin)
  return { kind: 'tcp', host: url.hostname.replace(/^\[|\]$/g, ''), port: portOf(url) }
}

export function portOf(url: URL): number {
  return Number(url.port || (url.protocol === 'https:' ? 443 : 80))
}
