import { readFileSync } from 'node:fs'
import type { ConfTree } from '../conf/conf-tree.js'
import { findListens, type Listen } from '../conf/listen.js'
import type { LuaHandler, Route, RouteServer, Routes } from '../conf/served-routes.js'
import { type Block, blocksOf } from './blocks.js'
import { flattened, type Location, locationsIn } from './location.js'
import { type LuaCode, type LuaSource, luaAt } from './lua-handlers.js'
import { obstaclesAt, passedAt, type Site } from './obstacles.js'
import { pathsOf } from './paths.js'
import { placeIn, placeText } from './place.js'
import { listensOf } from './server-listens.js'

/** What a conf serves: each server with its locations, what Lua runs there, and whether a GET is likely to work. Nothing is started. */
export function routesOf(tree: ConfTree, readText: LuaSource['readText'] = textHere): Routes {
  const source = { prefix: tree.prefix, readText }
  const listens = findListens(tree)
  const top = blocksOf(tree)
  const servers = (['http', 'stream'] as const).flatMap((protocol) =>
    top
      .filter(({ name }) => name === protocol)
      .flatMap(({ body }) =>
        body
          .filter(({ name }) => name === 'server')
          .map((server) => serverOf(server, { protocol, outer: body, source, listens })),
      ),
  )
  return { format: 'resty-leak-routes/1', conf: tree.files[0].path, servers }
}

interface Around {
  readonly protocol: 'http' | 'stream'
  /** Body of the http or stream block. */
  readonly outer: readonly Block[]
  readonly source: LuaSource
  readonly listens: readonly Listen[]
}

function serverOf(server: Block, around: Around): RouteServer {
  const { protocol, outer, source, listens } = around
  const locations = locationsIn(server.body)
  const names = server.body.filter(({ name }) => name === 'server_name').flatMap(({ args }) => args)
  return {
    protocol,
    names: names.filter((name) => name !== '' && name !== '_'),
    ...placeIn(source, server),
    listen: listensOf(server, listens),
    routes: flattened(locations).map((location) => routeOf(location, locations, server, around)),
    ...(protocol === 'stream' && { lua: luaAt([outer, server.body], source).map(handlerOf) }),
  }
}

function routeOf(location: Location, all: readonly Location[], server: Block, around: Around): Route {
  const { outer, source, listens } = around
  const { block, match, internal } = location
  const levels = [outer, server.body, ...location.around.map((each) => each.block.body), block.body]
  const lua = luaAt(levels, source)
  const site: Site = { prefix: source.prefix, levels, listens, lua }
  return {
    location: block.args.join(' '),
    match,
    ...placeIn(source, block),
    internal,
    lua: lua.map(handlerOf),
    get: getAt(location, all, site, source),
  }
}

function getAt(location: Location, all: readonly Location[], site: Site, source: LuaSource): Route['get'] {
  if (location.match === 'named') return { likely: 'no', why: ['named: only nginx itself goes there'], paths: [] }
  if (location.internal) return { likely: 'no', why: ['internal: only nginx itself goes there'], paths: [] }
  const { paths, why, takenBy } = pathsOf(location, all)
  const notReached = takenBy
    ? `its path goes to location ${takenBy.block.args.join(' ')}, ${placeText(placeIn(source, takenBy.block))}`
    : why
  const obstacles = obstaclesAt(site)
  const passed = passedAt(site)
  const needs = [...new Set(obstacles.flatMap(({ need }) => need ?? []))]
  const isSure = obstacles.some(({ sure }) => sure)
  return {
    likely: isSure ? 'no' : obstacles.length > 0 || notReached !== undefined ? 'unknown' : 'yes',
    why: [...(notReached === undefined ? [] : [notReached]), ...obstacles.map((obstacle) => obstacle.why)],
    paths,
    ...(needs.length > 0 && { needs }),
    ...(passed?.where === 'elsewhere' && { elsewhere: passed.to }),
  }
}

function handlerOf({ directive, file, line }: LuaCode): LuaHandler {
  return { directive, file, line }
}

/** A Lua file that cannot be read shows nothing. */
function textHere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
