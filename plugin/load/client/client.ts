import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { LoadError } from '../error.js'

/**
 * The parts of a client of autocannon 9 that are not public and that a Connection works with; nothing else of them is used anywhere.
 * autocannon's public API counts requests as they are sent, and its events come too late to undo that (see Connection); it has no way
 * to open a connection otherwise than by `connect` of net or tls, which a PROXY header in front of TLS needs. Public, and
 * used as such: `setupClient`, which hands out each client before it connects, `destroy` and the event `done`.
 * The client is made without the rest of autocannon, its histograms, tables and command, whose loading took three times as long as its own.
 *
 * | part | used for | where autocannon changes it |
 * |---|---|---|
 * | `lib/httpClient.js` | makes a client of options, with or without `new` | no load would begin |
 * | `_connect` | replaced: called once when a client is made, and then by nobody | it would open connections that nobody counts |
 * | `conn` | set: `destroy` closes it | connections would stay open after a load |
 * | `parser` | http-parser-js with its hooks replaced | no answer would be read |
 * | `state`, `line` of `parser` | whether it has a part of an answer; one that comes whole passes it by | it would join parts of two answers |
 * | `timeoutTicker` | cleared: the lane watches over all connections by one timer | a client would close its connection after 10 s |
 *
 * test/unit/load/client/client.test.ts holds all of it against the autocannon that is installed.
 */
export interface AutocannonClient extends EventEmitter {
  conn: Socket
  readonly parser: ResponseParser
  readonly timeoutTicker: { clear(): void }
  _connect: () => void
  destroy(): void
}

/** http-parser-js, as autocannon uses it. */
export interface ResponseParser {
  readonly constructor: { kOnHeadersComplete: number; kOnBody: number; kOnMessageComplete: number }
  readonly type: string
  readonly state: string
  /** What it has of a line that is not whole. */
  readonly line: string
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

/** Makes a client of autocannon, which tells `done` at its end. It is loaded when it is first asked for. */
export async function clientMaker(): Promise<MakeClient> {
  // @ts-expect-error Its types know what is public.
  const { default: makeClient } = await import('autocannon/lib/httpClient.js')
  return makeClient
}

export type MakeClient = (options: { setupClient(client: unknown): void }) => EventEmitter

/** No byte of an answer is in the parser. */
export function isAtBeginning({ state, line }: ResponseParser): boolean {
  return state === BEGINNING && line === ''
}

const BEGINNING = 'RESPONSE_LINE'

/** Throws a LoadError `LOAD_DRIVER` if this autocannon's client is not built as autocannon 9's is. */
export function asAutocannonClient(client: unknown): AutocannonClient {
  const parts = client as Partial<AutocannonClient>
  const { kOnHeadersComplete, kOnBody, kOnMessageComplete } = parts.parser?.constructor ?? {}
  const has = {
    _connect: typeof parts._connect === 'function',
    destroy: typeof parts.destroy === 'function',
    parser:
      typeof parts.parser?.execute === 'function' &&
      typeof parts.parser.finish === 'function' &&
      typeof parts.parser.reinitialize === 'function' &&
      isAtBeginning(parts.parser) &&
      [kOnHeadersComplete, kOnBody, kOnMessageComplete].every((hook) => typeof hook === 'number'),
  }
  const missing = Object.entries(has).find(([, isThere]) => !isThere)?.[0]
  if (missing === undefined) return client as AutocannonClient
  throw new LoadError(
    'LOAD_DRIVER',
    `this autocannon's client has no ${missing} such as is known: install the autocannon version of this package's dependencies (9.0)`,
  )
}
