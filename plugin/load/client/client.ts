import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { LoadError } from '../error.js'

/** The parts of a client of autocannon 9 that a Connection works with. Several are not public, hence hasClientParts. */
export interface AutocannonClient extends EventEmitter {
  readonly conn: Socket
  readonly secure: boolean
  readonly parser: ResponseParser
  readonly timeoutTicker: { clear(): void }
  _connect: () => void
  _doRequest: () => void
  _destroyConnection(): void
  destroy(): void
}

/** http-parser-js, as autocannon uses it. */
export interface ResponseParser {
  readonly constructor: { kOnHeadersComplete: number; kOnBody: number; kOnMessageComplete: number }
  readonly type: string
  execute(chunk: Buffer): number | Error
  finish(): Error | undefined
  reinitialize(type: string): void
  [hook: number]: unknown
}

/** What the parser says once the head of an answer is there. `headers` is name, value, name, value. */
export interface HeadersInfo {
  readonly statusCode: number
  readonly versionMinor: number
  readonly shouldKeepAlive: boolean
  readonly headers: readonly string[]
}

/** Throws a LoadError `LOAD_DRIVER` if this autocannon's client is not built as autocannon 9's is. */
export function asAutocannonClient(client: unknown): AutocannonClient {
  const parts = client as Partial<AutocannonClient>
  const missing = (['_connect', '_doRequest', '_destroyConnection', 'destroy', 'on'] as const).filter(
    (name) => typeof parts[name] !== 'function',
  )
  if (missing.length === 0 && typeof parts.parser?.execute === 'function') return client as AutocannonClient
  throw new LoadError(
    'LOAD_DRIVER',
    `this autocannon's client has no ${missing[0] ?? 'parser'}: install the autocannon version of this package's dependencies (9.0)`,
  )
}
