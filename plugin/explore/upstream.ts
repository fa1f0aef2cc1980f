import { isIP } from 'node:net'
import type { Listen } from '../conf/listen.js'
import type { Block } from './blocks.js'

const PASS = /^(?:proxy|fastcgi|uwsgi|scgi|grpc|memcached|redis2?|srcache_fetch)_pass$/

/** Where a location's requests go on to. */
export interface Passed {
  readonly block: Block
  /** As the conf has it. */
  readonly to: string
  /** here: this conf serves it; local: something else of this machine; elsewhere: another machine; unknown: decided at run time. */
  readonly where: 'here' | 'local' | 'elsewhere' | 'unknown'
}

/** The `proxy_pass` or its kin of a location, if it has one. */
export function passedOn(
  body: readonly Block[],
  http: readonly Block[],
  listens: readonly Listen[],
): Passed | undefined {
  const block = body.findLast(({ name }) => PASS.test(name))
  const to = block?.args[0]
  if (!block || to === undefined) return undefined
  return { block, to, where: whereIs(to, http, listens) }
}

function whereIs(to: string, http: readonly Block[], listens: readonly Listen[]): Passed['where'] {
  if (to.includes('$')) return 'unknown'
  const [, scheme = 'http', rest = ''] = /^(?:(\w+):\/\/)?(.*)$/.exec(to)!
  if (rest.startsWith('unix:')) return servesSocket(rest, listens) ? 'here' : 'local'
  const authority = rest.split('/', 1)[0]!
  const upstream = http.find(({ name, args }) => name === 'upstream' && args[0] === authority)
  if (!upstream) return whereIsHost(authority, scheme, listens)
  if (upstream.body.some(({ name }) => name.startsWith('balancer_by_lua'))) return 'unknown'
  const servers = upstream.body.filter(({ name, args }) => name === 'server' && !args.includes('down'))
  const places = servers.map(({ args: [server = ''] }) => whereIs(server, [], listens))
  return WORST.find((place) => places.includes(place)) ?? 'unknown'
}

const WORST = ['elsewhere', 'local', 'unknown', 'here'] as const

function whereIsHost(authority: string, scheme: string, listens: readonly Listen[]): Passed['where'] {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(authority) ?? []
  const host = bracketed ?? plain ?? ''
  const port = Number(digits ?? (/^(?:https|grpcs)$/.test(scheme) ? 443 : 80))
  if (!isLoopback(host)) return 'elsewhere'
  return listens.some(({ address }) => address.kind === 'tcp' && address.port <= port && port <= address.lastPort)
    ? 'here'
    : 'local'
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '0.0.0.0' || (isIP(host) === 4 && host.startsWith('127.'))
}

function servesSocket(rest: string, listens: readonly Listen[]): boolean {
  const path = rest.slice('unix:'.length).split(':', 1)[0]
  return listens.some(({ address }) => address.kind === 'unix' && address.path === path)
}
