import type { ConfFile } from './conf-tree.js'
import type { Edit } from './edit.js'
import type { Listen, ListenAddress } from './listen.js'
import type { Target } from './target.js'
import { quoteWord } from './words.js'

/** What a listen of the conf became. */
export interface Endpoint {
  readonly protocol: Listen['protocol']
  readonly confPort: number
  /** Port that nginx binds. */
  readonly port: number
  readonly tls: boolean
  readonly udp: boolean
}

export interface ListenEdits {
  readonly edits: readonly (Edit & { readonly file: ConfFile })[]
  /** TCP endpoints in the conf's order, each port once; UDP ones too. */
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
  const edits: (Edit & { file: ConfFile })[] = []
  const endpoints: Endpoint[] = []
  const inServer = new Set<string>()
  const original = new Map<string, string>()
  const serverIds = new Map([...new Set(listens.map(({ server }) => server))].map((server, id) => [server, id]))

  const socketOf = ({ protocol, udp, address }: Listen) =>
    `${protocol} ${udp ? 'udp' : 'tcp'} ${newAddress(address, target)}`
  const withOptions = new Set(listens.filter(hasSocketOption).map(socketOf))

  for (const listen of listens) {
    const { protocol, server, at, written, address, udp, tls } = listen
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
      edits.push({ file, start: directive.start, end: directive.end, text })
    } else {
      const start = directive.inner!.start
      edits.push({ file, start, end: start, text: ` listen ${bound}${spread ? ' reuseport' : ''};` })
    }
    if (address.kind === 'unix') continue
    for (let confPort = address.port; confPort <= address.lastPort; confPort++) {
      const port = mappedPort(address.port, target) + confPort - address.port
      if (!endpoints.some((known) => known.confPort === confPort && known.udp === udp)) {
        endpoints.push({ protocol, confPort, port, tls, udp })
      }
    }
  }
  return { edits, endpoints }
}

/** Only one listen of an address may set options of its socket. */
function hasSocketOption({ written, at }: Listen): boolean {
  return written && at.directive.args.slice(1).some(({ text }) => ONCE.test(text) && !/^default|^ipv6only/.test(text))
}
