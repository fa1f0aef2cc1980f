import type { Place } from '../../types/place.js'
import type { HttpProtocol } from '../../types/request.js'
import { LoadError } from '../error.js'

/** What is known of a listener. */
export interface Listener {
  /** Whether the request goes over TLS. */
  readonly tls: boolean
  /** Undefined where the conf is not known. */
  readonly place: Pick<Place, 'protocol' | 'tls' | 'http2'> | undefined
  /** For people: `port 8080 of the conf (nginx.conf:12)`. */
  readonly what: string
}

/**
 * What a request is spoken in: what the plan wants, or else HTTP/1.1, or else HTTP/2 where a listener speaks nothing else.
 * @throws LoadError `LOAD_PROTOCOL` where the listener is known to speak something else; it names the listener and the option
 */
export function protocolFor(wanted: HttpProtocol | undefined, { tls, place, what }: Listener): HttpProtocol {
  if (place && place.protocol !== 'http') {
    throw unspoken(`${what} is a listener of ${place.protocol}, which does not speak HTTP: requests need one of http`)
  }
  if (place && place.tls !== tls) {
    throw unspoken(
      place.tls
        ? `${what} speaks TLS, and the request is written with http://: write https://`
        : `${what} has no TLS, and the request is written with https://: write http://`,
    )
  }
  if (wanted === 'h2' && !tls) throw unspoken(`${what} has no TLS, and h2 is HTTP/2 over TLS: ${asks('h2c')}`)
  if (wanted === 'h2c' && tls) throw unspoken(`${what} speaks TLS, and h2c is HTTP/2 without it: ${asks('h2')}`)
  if (place?.http2 === 'only') {
    if (wanted === 'http1') {
      throw unspoken(`${what} speaks HTTP/2 only, since this nginx has http2 without TLS in its listen: ${asks('h2c')}`)
    }
    return tls ? 'h2' : 'h2c'
  }
  if (place?.http2 === 'no' && (wanted === 'h2' || wanted === 'h2c')) {
    throw unspoken(`${what} does not speak HTTP/2: add http2 to its listen, or leave out ${option(wanted)}`)
  }
  return wanted ?? 'http1'
}

/** As reports name it. */
export function protocolName(protocol: HttpProtocol): string {
  return protocol === 'http1' ? 'HTTP/1.1' : protocol
}

function asks(protocol: HttpProtocol): string {
  return `ask for it by ${option(protocol)}`
}

function option(protocol: HttpProtocol): string {
  return `--protocol ${protocol}, in a test protocol: '${protocol}'`
}

function unspoken(message: string): LoadError {
  return new LoadError('LOAD_PROTOCOL', message)
}
