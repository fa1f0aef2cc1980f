import type { Directive } from './conf.js'
import { type ConfTree, directivesOf, type Located } from './conf-tree.js'

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
  const written = inServers.filter(({ directive }) => directive.name === 'listen' && directive.args.length > 0)
  const servers = new Set(written.map((found) => serverAround(found)))
  const listens = written.map((at): Listen => {
    const server = serverAround(at)!
    const [address, ...parameters] = at.directive.args.map(({ text }) => text)
    return {
      protocol: protocolOf(at.context)!,
      server,
      at,
      written: true,
      address: parseListenAddress(address!),
      udp: parameters.includes('udp') || parameters.includes('quic'),
      tls: parameters.includes('ssl') || oldTls.has(server),
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
    }),
  )
  const order = new Map(all.map(({ directive }, index) => [directive, index]))
  return [...listens, ...implied].sort((a, b) => order.get(a.at.directive)! - order.get(b.at.directive)!)
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
