import type { Listen } from '../conf/listen.js'
import type { RouteListen } from '../types/routes.js'
import type { Block } from './blocks.js'

/** Where a server listens, and for which addresses it is the one that unknown names come to. */
export function listensOf(server: Block, all: readonly Listen[]): readonly RouteListen[] {
  const own = all.filter((listen) => listen.server === server.directive)
  return own.map((listen) => ({
    address: addressText(listen),
    port: listen.address.kind === 'tcp' ? listen.address.port : null,
    tls: listen.tls,
    isDefault: defaultServer(listen, all) === server.directive,
  }))
}

/** The one that says so, or the first at the address. */
function defaultServer(listen: Listen, all: readonly Listen[]): Listen['server'] | undefined {
  const same = all.filter((other) => addressText(other) === addressText(listen) && other.protocol === listen.protocol)
  const said = same.find(({ at }) =>
    at.directive.args.some(({ text }) => text === 'default_server' || text === 'default'),
  )
  return (said ?? same[0])?.server
}

/** Without the `*` that stands for nothing else. */
function addressText({ address, udp }: Listen): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  const host = address.host === '*' || address.host === '0.0.0.0' ? '' : `${address.host}:`
  const last = address.lastPort === address.port ? '' : `-${address.lastPort}`
  return `${host}${address.port}${last}${udp ? ' udp' : ''}`
}
