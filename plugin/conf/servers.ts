import type { ConfServer } from '../types/runtime.js'
import type { Directive } from './conf.js'
import { type ConfTree, directivesOf } from './conf-tree.js'
import { type Listen, serverAround } from './listen.js'
import { placeOf } from './words.js'

/** The http servers of a conf, in the order of their first listen. */
export function findServers(tree: ConfTree, listens: readonly Listen[]): ConfServer[] {
  const all = [...directivesOf(tree)]
  const places = new Map(all.map((found) => [found.directive, placeOf(tree, found)]))
  const wordsOf = (server: Directive, name: string) =>
    all
      .filter((found) => found.directive.name === name && serverAround(found) === server)
      .map(({ directive }) => directive.args.map(({ text }) => text))
  const http = listens.filter(({ protocol, udp }) => protocol === 'http' && !udp)
  return [...new Set(http.map(({ server }) => server))].map((server) => {
    const own = http.filter((listen) => listen.server === server)
    return {
      place: places.get(server)!,
      ports: own.flatMap(({ address }) => (address.kind === 'tcp' ? range(address.port, address.lastPort) : [])),
      defaultOf: own.flatMap(({ at, address }) =>
        address.kind === 'tcp' && at.directive.args.some(({ text }) => /^default(?:_server)?$/.test(text))
          ? range(address.port, address.lastPort)
          : [],
      ),
      names: wordsOf(server, 'server_name').flat(),
      locations: wordsOf(server, 'location').map((words) => words.join(' ')),
    }
  })
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}
