import { connect, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { Address } from '../../types/place.js'
import type { DialPlan } from '../plan/aim.js'

export interface Dialled {
  readonly socket: Socket | TLSSocket
  /** The event that says that requests can be sent. */
  readonly ready: 'connect' | 'secureConnect'
}

/**
 * Opens a connection. Certificates are not checked: a server under test has one of its own making.
 * The PROXY header is plain bytes also in front of TLS, so it is written before the handshake begins.
 */
export function dial({ address, tls, proxyPort }: DialPlan): Dialled {
  const to = whereTo(address)
  const secure = tls && {
    rejectUnauthorized: false,
    ...(tls.servername !== undefined && { servername: tls.servername }),
    ...(tls.alpn.length > 0 && { ALPNProtocols: [...tls.alpn] }),
  }
  if (secure && proxyPort === undefined) return { socket: connectTls({ ...to, ...secure }), ready: 'secureConnect' }
  const plain = connect(to)
  if (proxyPort !== undefined) plain.once('connect', () => plain.write(proxyHeader(plain, proxyPort)))
  return secure
    ? { socket: connectTls({ socket: plain, ...secure }), ready: 'secureConnect' }
    : { socket: plain, ready: 'connect' }
}

function whereTo(address: Address) {
  // A PROXY header is a write before the request's; Nagle's algorithm would let that one wait until the first is acknowledged.
  return address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port, noDelay: true }
}

/**
 * The first version of the protocol, which every server that knows the protocol takes; this end is the client that it names. On a unix
 * socket, where neither end has an address, loopback stands for both: a balancer names a client there too, and handlers rely on it.
 */
export function proxyHeader(
  { localAddress, localPort, remoteAddress }: Pick<Socket, 'localAddress' | 'localPort' | 'remoteAddress'>,
  port: number,
): string {
  if (localAddress === undefined || remoteAddress === undefined)
    return `PROXY TCP4 127.0.0.1 127.0.0.1 1024 ${port}\r\n`
  const family = localAddress.includes(':') ? 'TCP6' : 'TCP4'
  return `PROXY ${family} ${localAddress} ${remoteAddress} ${localPort} ${port}\r\n`
}
