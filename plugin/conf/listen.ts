import type { Directive } from './conf.js'
import { type ConfTree, directivesOf, type Located } from './conf-tree.js'
import { serverNames } from './server-names.js'
import { placeOf } from './words.js'

/** Where a server listens, as its conf says. */
export interface Listen {
  readonly protocol: 'http' | 'stream' | 'mail'
  /** The `server` block. */
  readonly server: Directive
  readonly at: Located
  /** False for a server without a listen directive: nginx then takes `*:80`; `at` is the server itself. */
  readonly written: boolean
  readonly address: ListenAddress
  readonly udp: boolean
  readonly tls: boolean
  /** `listen`: its parameter; `server`: the directive, which nginx has from 1.25.1 on. */
  readonly http2: 'listen' | 'server' | null
  readonly proxyProtocol: boolean
  /** Names of its server that a Host header can have. */
  readonly names: readonly string[]
  /** For people: `sites/a.conf:12`. */
  readonly place: string
}

export type ListenAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly lastPort: number }

const DEFAULT_PORT = 80

/** The first argument of a `listen`: `80`, `*:80`, `127.0.0.1:80`, `[::]:80`, `host`, `8000-8010`, `unix:/path`. */
export function parseListenAddress(argument: string): ListenAddress {
  if (argument.startsWith('unix:')) return { kind: 'unix', path: argument.slice('unix:'.length) }
  const [, host, first, last] = /^(?:(\[[^\]]*\]|[^:]*?):)?(\d+)(?:-(\d+))?$/.exec(argument) ?? [undefined, argument]
  const port = first ? Number(first) : DEFAULT_PORT
  return { kind: 'tcp', host: host ?? '*', port, lastPort: last ? Number(last) : port }
}

function protocolOf(context: readonly Directive[]): Listen['protocol'] | null {
  const outer = context[0]?.name
  return outer === 'http' || outer === 'stream' || outer === 'mail' ? outer : null
}

/** The `server` block around a directive, if it is one that listens. */
export function serverAround({ context }: Located): Directive | null {
  const inner = context.at(-1)
  return inner?.name === 'server' && protocolOf(context) !== null ? inner : null
}

/** Every place that the servers of a conf listen on, in the conf's order. */
export function findListens(tree: ConfTree): readonly Listen[] {
  const all = [...directivesOf(tree)]
  const inServers = all.filter((found) => serverAround(found) !== null)
  const oldTls = new Set(
    inServers
      .filter(({ directive }) => directive.name === 'ssl' && directive.args[0]?.text === 'on')
      .map((found) => serverAround(found)),
  )
  const names = serverNames(all)
  const switched = http2Switches(all)
  const http2Of = ({ protocol, server }: Pick<Listen, 'protocol' | 'server'>) =>
    protocol === 'http' && (switched.get(server) ?? switched.get(null)) === 'on' ? ('server' as const) : null
  const written = inServers.filter(({ directive }) => directive.name === 'listen' && directive.args.length > 0)
  const servers = new Set(written.map((found) => serverAround(found)))
  const listens = written.map((at): Listen => {
    const server = serverAround(at)!
    const protocol = protocolOf(at.context)!
    const [address, ...parameters] = at.directive.args.map(({ text }) => text)
    return {
      protocol,
      server,
      at,
      written: true,
      address: parseListenAddress(address!),
      udp: parameters.includes('udp') || parameters.includes('quic'),
      tls: parameters.includes('ssl') || oldTls.has(server),
      http2: parameters.includes('http2') ? 'listen' : http2Of({ protocol, server }),
      proxyProtocol: parameters.includes('proxy_protocol'),
      names: names.get(server) ?? [],
      place: placeOf(tree, at),
    }
  })
  const silent = all.filter(
    ({ directive, context }) =>
      directive.name === 'server' &&
      context.length === 1 &&
      context[0]?.name === 'http' &&
      directive.inner &&
      !servers.has(directive),
  )
  const implied = silent.map(
    (at): Listen => ({
      protocol: 'http',
      server: at.directive,
      at,
      written: false,
      address: { kind: 'tcp', host: '*', port: DEFAULT_PORT, lastPort: DEFAULT_PORT },
      udp: false,
      tls: oldTls.has(at.directive),
      http2: http2Of({ protocol: 'http', server: at.directive }),
      proxyProtocol: false,
      names: names.get(at.directive) ?? [],
      place: placeOf(tree, at),
    }),
  )
  const order = new Map(all.map(({ directive }, index) => [directive, index]))
  return [...listens, ...implied].sort((a, b) => order.get(a.at.directive)! - order.get(b.at.directive)!)
}

/** What `http2` is set to: by server, and under null for all of http. */
function http2Switches(all: readonly Located[]): ReadonlyMap<Directive | null, string | undefined> {
  return new Map(
    all
      .filter(
        ({ directive, context }) => directive.name === 'http2' && context[0]?.name === 'http' && context.length < 3,
      )
      .map((found) => [serverAround(found), found.directive.args[0]?.text]),
  )
}

/** The TCP ports that a conf listens on, in its order; a range counts as its ends and all between. */
export function portsOf(listens: readonly Listen[]): readonly number[] {
  const ports = new Set<number>()
  for (const { address } of listens) {
    if (address.kind !== 'tcp') continue
    for (let port = address.port; port <= address.lastPort; port++) ports.add(port)
  }
  return [...ports]
}
