import { nearest } from '../base/nearest.js'
import type { RequestSpec } from '../types/request.js'
import type { ConfServer } from '../types/runtime.js'

/** Who answers a request: a server of the conf where one can be told, and the port that it was sent to. */
export interface Answering {
  readonly server: ConfServer | undefined
  /** A port of the conf. */
  readonly port: number | undefined
}

/** nginx's choice by port and Host: the exact name, then one with a leading or trailing `*`, then the default server of the port. */
export function answeringServer(request: RequestSpec, servers: readonly ConfServer[]): Answering {
  const url = request.path.startsWith('/') ? undefined : new URL(request.path)
  const port = url ? portOf(url) : servers.find(({ ports }) => ports.length > 0)?.ports[0]
  const there = servers.filter(({ ports }) => port !== undefined && ports.includes(port))
  // A regular expression may take any name, and is not tried here.
  if (there.some(({ names }) => names.some((name) => name.startsWith('~')))) return { server: undefined, port }
  const host = hostOf(request, url)
  const named = (fits: (name: string) => boolean) => there.find(({ names }) => names.some(fits))
  const server =
    named((name) => name === host || name === `.${host}`) ??
    named((name) => /^\*?\./.test(name) && host.endsWith(name.replace(/^\*/, ''))) ??
    named((name) => name.endsWith('.*') && host.startsWith(name.slice(0, -1))) ??
    there.find(({ defaultOf }) => defaultOf.includes(port!)) ??
    there[0]
  return { server, port }
}

/** `the server api.test at nginx.conf:14 (port 8080 of the conf)`. */
export function answeringWords({ server, port }: Answering): string {
  if (!server) return port === undefined ? 'the server' : `the server on port ${port} of the conf`
  const name = server.names.find((each) => each !== '' && each !== '_')
  return `the server${name === undefined ? '' : ` ${name}`} at ${server.place} (port ${port} of the conf)`
}

/** Which locations there are, where none of them is for this path; empty where one is, or it cannot be told. */
export function locationHint({ path }: RequestSpec, { server }: Answering): string {
  if (!server || server.locations.some((location) => location.startsWith('~') || location.startsWith('@'))) return ''
  const asked = path.startsWith('/') ? path.replace(/[?#].*/, '') : new URL(path).pathname
  const plain = server.locations.map((location) => location.replace(/^(?:=|\^~) /, ''))
  if (plain.length === 0 || server.locations.some((location, index) => covers(location, plain[index]!, asked)))
    return ''
  const near = nearest(asked, plain)
  return near === undefined ? ` It has ${some(server.locations)}.` : ` Its nearest location is ${near}.`
}

function covers(location: string, path: string, asked: string): boolean {
  return location.startsWith('= ') ? asked === path : asked.startsWith(path)
}

function some(locations: readonly string[]): string {
  const more = locations.length - MOST
  const shown = locations.slice(0, MOST).join(', ')
  const noun = locations.length === 1 ? 'the location' : 'the locations'
  return `${noun} ${shown}${more > 0 ? ` and ${more} more` : ''}`
}

const MOST = 8

function hostOf({ headers = {} }: RequestSpec, url: URL | undefined): string {
  const given = Object.entries(headers).find(([name]) => name.toLowerCase() === 'host')?.[1]
  return (given ?? url?.host ?? '').replace(/:\d+$/, '').toLowerCase()
}

function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port)
  return protocol === 'https:' ? 443 : 80
}
