import type { Listen } from '../conf/listen.js'
import type { RouteNeed } from '../conf/served-routes.js'
import { type Block, directiveIn, inherited } from './blocks.js'
import { forbidsGet } from './condition.js'
import type { LuaCode } from './lua-handlers.js'
import { placeIn, placeText } from './place.js'
import { type Passed, passedOn } from './upstream.js'

/** Something that speaks against a GET. */
export interface Obstacle {
  /** Whether it surely fails, as far as a conf can tell. */
  readonly sure: boolean
  readonly why: string
  /** What a request would have to bring; absent where nothing helps. */
  readonly need?: RouteNeed
}

/** A location with all around it. */
export interface Site {
  readonly prefix: string
  /** Bodies of http, server and locations, outermost first. */
  readonly levels: readonly (readonly Block[])[]
  readonly listens: readonly Listen[]
  readonly lua: readonly LuaCode[]
}

/** What speaks against a GET at a location, in the order in which nginx comes to it. */
export function obstaclesAt(site: Site): readonly Obstacle[] {
  const passed = passedAt(site)
  const found = [
    ...answered(site),
    ...access(site),
    ...luaObstacles(site.lua),
    ...(passed ? passedObstacle(passed, site) : []),
  ]
  if (passed || hasContent(site) || found.some(({ sure }) => sure)) return found
  return [...found, { sure: false, why: 'serves files: whether there is one depends on the path', need: 'file' }]
}

export function passedAt({ levels, listens }: Site): Passed | undefined {
  return passedOn(levels.at(-1)!, levels[0]!, listens)
}

/** `return` and `if` of the server and of the location: what nginx answers by itself. */
function answered(site: Site): Obstacle[] {
  return site.levels.slice(1).flatMap((body) =>
    body.flatMap((block) => {
      const failing = failingReturn(block)
      if (failing !== undefined) return [{ sure: true, why: `answers ${failing}: ${told(block, site)}` }]
      if (block.name !== 'if' || !forbidsGet(block.args)) return []
      return block.body.some((inner) => failingReturn(inner) !== undefined)
        ? [{ sure: true, why: `takes another method: ${told(block, site)}`, need: 'method' }]
        : []
    }),
  )
}

function failingReturn({ name, args: [code = ''] }: Block): string | undefined {
  return name === 'return' && /^[45]\d\d$/.test(code) ? code : undefined
}

function access(site: Site): Obstacle[] {
  const { levels } = site
  const basic = inherited(levels, 'auth_basic')
  const request = inherited(levels, 'auth_request')
  const jwt = inherited(levels, 'auth_jwt')
  const client = inherited(levels, 'ssl_verify_client')
  const limit = directiveIn(levels.at(-1)!, 'limit_except')
  const denied = deniedHere(levels)
  return [
    ...[basic, jwt].flatMap((block) =>
      block && block.args[0] !== 'off'
        ? [{ sure: true, why: `needs authorization: ${told(block, site)}`, need: 'credentials' } as const]
        : [],
    ),
    ...(request && request.args[0] !== 'off'
      ? [{ sure: false, why: `may need authorization: ${told(request, site)}`, need: 'credentials' } as const]
      : []),
    ...(client?.args[0] === 'on'
      ? [{ sure: true, why: `needs a client certificate: ${told(client, site)}`, need: 'certificate' } as const]
      : []),
    ...(limit && !limit.args.includes('GET') && deniedHere([limit.body])
      ? [{ sure: true, why: `takes another method: ${told(limit, site)}`, need: 'method' } as const]
      : []),
    ...(denied ? [{ sure: true, why: `is denied here: ${told(denied, site)}` }] : []),
  ]
}

/** The rule of ngx_http_access_module that a client of this machine meets first, if it denies. */
function deniedHere(levels: readonly (readonly Block[])[]): Block | undefined {
  const rules = levels.findLast((body) => body.some(isAccessRule))?.filter(isAccessRule) ?? []
  const met = rules.find(({ args: [who = ''] }) => who === 'all' || who.startsWith('127.'))
  return met?.name === 'deny' ? met : undefined
}

function isAccessRule({ name }: Block): boolean {
  return name === 'allow' || name === 'deny'
}

type LuaSign = readonly [pattern: RegExp, sure: boolean, need: RouteNeed, why: (found: string) => string]

/** What Lua's own text shows. A program may do anything, so none of it is sure but a method that is asked for. */
const IN_LUA: readonly LuaSign[] = [
  [
    /(?:get_method\s*\(\s*\)|ngx\.var\.request_method)\s*~=\s*["'](?:POST|PUT|PATCH|DELETE)["']/,
    true,
    'method',
    () => 'takes another method',
  ],
  [
    /ngx\.req\.(?:read_body|get_body_data|get_body_file|get_post_args)\b/,
    false,
    'body',
    (found) => `may need a body (${found})`,
  ],
  [
    /ngx\.exit\s*\(\s*(?:401|403|ngx\.HTTP_UNAUTHORIZED|ngx\.HTTP_FORBIDDEN)\b/,
    false,
    'credentials',
    () => 'may need authorization',
  ],
]

function luaObstacles(lua: readonly LuaCode[]): Obstacle[] {
  return lua.flatMap(({ text, from, directive }) =>
    IN_LUA.flatMap(([pattern, sure, need, why]) => {
      const found = pattern.exec(text)
      if (!found) return []
      const line = from.line + text.slice(0, found.index).split('\n').length - 1
      return [{ sure, need, why: `${why(found[0])}: ${directive}, ${placeText({ ...from, line })}` }]
    }),
  )
}

function passedObstacle({ block, to, where }: Passed, site: Site): Obstacle[] {
  switch (where) {
    case 'here':
      return []
    case 'unknown':
      return [{ sure: false, why: `goes on to what is decided at run time: ${told(block, site)}` }]
    default:
      return [
        { sure: true, why: `goes on to ${to}, which this conf does not serve: ${told(block, site)}`, need: 'upstream' },
      ]
  }
}

/** Whether anything but files answers. */
function hasContent({ levels, lua }: Site): boolean {
  const own = levels.at(-1)!
  const decides = (body: readonly Block[]) => body.some(({ name }) => name === 'return' || CONTENT.test(name))
  return (
    lua.some(({ phase }) => phase === 'content') ||
    levels.slice(1).some((body) => body.some(({ name }) => name === 'return')) ||
    decides(own)
  )
}

const CONTENT = /^(?:stub_status|echo|empty_gif|autoindex|hls|mp4|flv|js_content|perl|api|status)$/

function told(block: Block, site: Site): string {
  const words = [block.name, ...block.args].join(' ')
  return `${words}, ${placeText(placeIn(site, block))}`
}
