import { escaped } from '../../base/escape.js'
import { plural } from '../../base/number.js'
import type { LuaHandler, Route, RouteListen, RouteServer, Routes } from '../../types/routes.js'
import { columns } from './columns.js'

/** What a conf serves, as a terminal shows it: each server, and a line for each location. No line end at the end. */
export function routesText({ conf, servers }: Routes): string {
  const all = servers.flatMap(({ routes }) => routes)
  const likely = all.filter(({ get }) => get.likely === 'yes').length
  const first = `${escaped(conf)}: ${plural(all.length, 'location')} in ${plural(servers.length, 'server')}, of which ${likely} likely answer a GET`
  return [first, ...servers.flatMap((server) => ['', ...serverLines(server)])].join('\n')
}

function serverLines(server: RouteServer): string[] {
  const { protocol, names, listen, routes, lua = [], file, line } = server
  const name = names.length === 0 ? 'server' : `server ${names.map(escaped).join(' ')}`
  const where = listen.map(listenWords).join(', ')
  return [
    `${name}  ${protocol === 'http' ? '' : `${protocol}, `}listens on ${where}   ${escaped(file)}:${line}`,
    ...lua.map((handler) => `  ${handlerWords(handler)}`),
    ...columns(routes.map(routeRow), []).map((row) => `  ${row}`),
  ]
}

function listenWords({ address, tls, isDefault }: RouteListen): string {
  const kinds = [...(tls ? ['TLS'] : []), ...(isDefault ? ['default'] : [])]
  return `${escaped(address)}${kinds.length === 0 ? '' : ` (${kinds.join(', ')})`}`
}

const MARKS = { yes: 'GET', no: '-', unknown: 'GET?' } as const

function routeRow({ location, file, line, lua, get }: Route): string[] {
  const handlers = lua.filter(({ directive }) => !directive.startsWith('set_')).map(handlerWords)
  return [
    MARKS[get.likely],
    escaped(location),
    `${escaped(file)}:${line}`,
    handlers.join(', '),
    get.why.map(escaped).join('; '),
  ]
}

/** `content lua/users.lua:1`. */
function handlerWords({ directive, file, line }: LuaHandler): string {
  return `${directive.replace(/_by_lua(?:_block|_file)?$/, '')} ${escaped(file)}:${line}`
}
