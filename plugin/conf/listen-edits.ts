import type { Address, Place, PlaceServer } from '../types/place.js'
import type { FileEdit } from './edit.js'
import type { Listen, ListenAddress } from './listen.js'
import type { Target } from './target.js'
import { quoteWord } from './words.js'

/** An address of the conf, and what became of it. */
export interface Endpoint extends Omit<Place, 'name' | 'address'> {
  /** What nginx binds. */
  readonly bound: Address
  readonly udp: boolean
}

export interface ListenEdits {
  readonly edits: readonly FileEdit[]
  /** In the conf's order, each address once; UDP ones too. */
  readonly endpoints: readonly Endpoint[]
}

/** Socket options: nginx takes them once for each address. */
const ONCE =
  /^(?:default_server|default|reuseport|deferred|bind|backlog=.*|rcvbuf=.*|sndbuf=.*|setfib=.*|fastopen=.*|accept_filter=.*|ipv6only=.*|so_keepalive=.*)$/

/** Where a unix socket of the conf lies while under test. */
export function socketPath(path: string, target: Target): string {
  return target.sockets?.get(path) ?? path
}

/** The port that nginx binds for a port of the conf. */
export function mappedPort(port: number, target: Target): number {
  return target.ports.get(port) ?? port
}

function bindHost(host: string, target: Target): string {
  // another loopback address is a place of its own, and reachable
  return target.bind === '127.0.0.1' && /^127\./.test(host) ? host : target.bind
}

function newAddress(address: ListenAddress, target: Target): string {
  if (address.kind === 'unix') return `unix:${socketPath(address.path, target)}`
  const port = mappedPort(address.port, target)
  const range = address.lastPort > address.port ? `${port}-${port + address.lastPort - address.port}` : String(port)
  return `${bindHost(address.host, target)}:${range}`
}

/**
 * Binds every listen to the target's address and ports. Wildcard, IPv6 and named addresses become one address,
 * so a server keeps one listen for each port, and what an address may have once (default_server, socket options) stays with the first.
 * Several workers get a socket each (reuseport): of a shared one the kernel gives all connections to whoever is awake,
 * and a worker without requests shows no leak.
 */
export function listenEdits(listens: readonly Listen[], target: Target): ListenEdits {
  const edits: FileEdit[] = []
  const endpoints = new Map<string, Endpoint>()
  const opened = new Map<string, Listen[]>()
  const inServer = new Set<string>()
  const original = new Map<string, string>()
  const serverIds = new Map([...new Set(listens.map(({ server }) => server))].map((server, id) => [server, id]))

  const socketOf = ({ protocol, udp, address }: Listen) =>
    `${protocol} ${udp ? 'udp' : 'tcp'} ${newAddress(address, target)}`
  const withOptions = new Set(listens.filter(hasSocketOption).map(socketOf))

  for (const listen of listens) {
    const { server, at, written, address, udp } = listen
    const { directive, file } = at
    const bound = newAddress(address, target)
    const socket = socketOf(listen)
    const spread =
      target.workers !== 'conf' &&
      target.workers > 1 &&
      address.kind !== 'unix' &&
      !original.has(socket) &&
      !withOptions.has(socket)
    const before = written ? directive.args[0]!.text : '*:80'
    const owner = original.get(socket) ?? before
    original.set(socket, owner)

    const key = `${serverIds.get(server)} ${socket}`
    if (inServer.has(key)) {
      edits.push({ file, start: directive.start, end: directive.end, text: '' })
      continue
    }
    inServer.add(key)

    if (written) {
      const parameters = directive.args
        .slice(1)
        .map(({ text }) => text)
        .filter((text) => !text.startsWith('ipv6only=') && (owner === before || !ONCE.test(text)))
      const text = `listen ${[bound, ...parameters, ...(spread ? ['reuseport'] : [])].map(quoteWord).join(' ')};`
      const relay = relayOf(listen, target)
      const beside = relay === undefined ? '' : ` listen ${[relay, ...parameters].map(quoteWord).join(' ')};`
      edits.push({ file, start: directive.start, end: directive.end, text: `${text}${beside}` })
    } else {
      const start = directive.inner!.start
      edits.push({ file, start, end: start, text: ` listen ${bound}${spread ? ' reuseport' : ''};` })
    }
    for (const where of addressesOf(listen, target)) {
      const key = `${udp ? 'udp' : 'tcp'} ${JSON.stringify(where)}`
      const listens = [...(opened.get(key) ?? []), listen]
      opened.set(key, listens)
      endpoints.set(key, { ...where, udp, ...mannersOf(listens, target) })
    }
  }
  return { edits, endpoints: [...endpoints.values()] }
}

/** The address that a server on a unix socket listens on beside it; undefined where the socket itself can be opened. */
function relayOf({ protocol, address }: Listen, target: Target): string | undefined {
  if (protocol !== 'http' || address.kind !== 'unix') return undefined
  const port = target.relays?.get(address.path)
  return port === undefined ? undefined : `${target.bind}:${port}`
}

/** Each port of a listen, or its socket, as the conf and as nginx has it. */
function addressesOf({ address, protocol }: Listen, target: Target): Pick<Endpoint, 'port' | 'socket' | 'bound'>[] {
  if (address.kind === 'unix') {
    const { path } = address
    const relay = protocol === 'http' ? target.relays?.get(path) : undefined
    const bound: Address =
      relay === undefined
        ? { kind: 'unix', path: socketPath(path, target) }
        : { kind: 'tcp', host: target.bind, port: relay }
    return [{ port: null, socket: path, bound }]
  }
  const host = bindHost(address.host, target)
  return Array.from({ length: address.lastPort - address.port + 1 }, (_, index) => ({
    port: address.port + index,
    socket: null,
    bound: { kind: 'tcp', host, port: mappedPort(address.port, target) + index },
  }))
}

/** How an address is spoken to: what one of its listens says holds for all of them. */
function mannersOf(
  listens: readonly Listen[],
  { build }: Target,
): Pick<Endpoint, 'protocol' | 'tls' | 'http2' | 'proxyProtocol' | 'servers'> {
  const tls = listens.some((listen) => listen.tls)
  const isAlone = !tls && isBefore(build.version, HTTP1_BESIDE_HTTP2) && listens.some(({ http2 }) => http2 === 'listen')
  const speaksIt = listens.some(({ http2 }) => http2 !== null)
  return {
    protocol: listens[0]!.protocol,
    tls,
    http2: isAlone ? 'only' : speaksIt ? 'also' : 'no',
    proxyProtocol: listens.some(({ proxyProtocol }) => proxyProtocol),
    servers: serversOf(listens),
  }
}

/** From this nginx on, a plain listener with http2 tells by the first bytes which of the two a client speaks. */
const HTTP1_BESIDE_HTTP2 = [1, 25, 1]

function isBefore(version: string, other: readonly number[]): boolean {
  const numbers = version.split('.').map(Number)
  const at = other.findIndex((number, index) => numbers[index] !== number)
  return at >= 0 && (numbers[at] ?? 0) < other[at]!
}

/** Each server once; the one for unknown names is the `default_server`, or else the first. */
function serversOf(listens: readonly Listen[]): PlaceServer[] {
  const servers = [...new Map(listens.map((listen) => [listen.server, listen])).values()]
  const first = listens.find(
    ({ at, written }) => written && at.directive.args.slice(1).some(({ text }) => /^default/.test(text)),
  )
  const rest = servers.filter(({ server }) => server !== first?.server)
  return [...(first ? [first] : []), ...rest].map(({ names, place }) => ({ names, at: place }))
}

/** Only one listen of an address may set options of its socket. */
function hasSocketOption({ written, at }: Listen): boolean {
  return written && at.directive.args.slice(1).some(({ text }) => ONCE.test(text) && !/^default|^ipv6only/.test(text))
}
