import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { Address } from '../../types/place.js'
import type { DialPlan } from '../plan/aim.js'

export interface Dialled {
  readonly socket: Socket | TLSSocket
  /** The event that says that requests can be sent. */
  readonly ready: 'connect' | 'secureConnect'
}

/** Takes what a connection receives. */
export interface Receiver {
  /** What a connection without TLS reads into. */
  readonly buffer: Buffer
  /** The first `length` of `bytes` have come; the next ones may overwrite them. */
  receive(bytes: Buffer, length: number): void
}

/**
 * Opens a connection. Certificates are not checked: a server under test has one of its own making.
 * The PROXY header is plain bytes also in front of TLS, so it is written before the handshake begins.
 * To a receiver a connection without TLS gives its bytes as it reads them: a stream's `data` costs a short answer as much again as its read.
 */
export function dial({ address, tls, proxyPort }: DialPlan, receiver?: Receiver): Dialled {
  const to = whereTo(address)
  if (!tls) {
    return {
      socket: connectPlain({ ...to, ...(receiver && { onread: readInto(receiver) }) }, proxyPort),
      ready: 'connect',
    }
  }
  const secure = {
    rejectUnauthorized: false,
    ...(tls.servername !== undefined && { servername: tls.servername }),
    ...(tls.alpn.length > 0 && { ALPNProtocols: [...tls.alpn] }),
  }
  const socket = connectTls({ ...secure, ...(proxyPort === undefined ? to : { socket: connectPlain(to, proxyPort) }) })
  if (receiver) socket.on('data', (bytes: Buffer) => receiver.receive(bytes, bytes.length))
  return { socket, ready: 'secureConnect' }
}

function connectPlain(to: NetConnectOpts, proxyPort: number | undefined): Socket {
  const socket = connect(to)
  if (proxyPort !== undefined) socket.once('connect', () => socket.write(proxyHeader(socket, proxyPort)))
  return socket
}

function readInto(receiver: Receiver) {
  return {
    buffer: receiver.buffer,
    callback(length: number) {
      receiver.receive(receiver.buffer, length)
      return true
    },
  }
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
