import { resolve } from 'node:path/posix'
import type { CodePlace, LuaHandler } from '../types/routes.js'
import type { Block } from './blocks.js'
import { fromPrefix, placeIn } from './place.js'

/** In the order in which nginx runs them. */
const PHASES = [
  'server_rewrite',
  'set',
  'rewrite',
  'access',
  'precontent',
  'content',
  'header_filter',
  'body_filter',
  'log',
]
/** Where a location has none of its own, it has not those of the server either. */
const OWN_ONLY: ReadonlySet<string> = new Set(['set', 'content'])

const HANDLER = /^(\w+)_by_lua(?:_block|_file)?$/

/** Lua of one directive, with its source where it can be read. */
export interface LuaCode extends LuaHandler {
  readonly phase: string
  readonly text: string
  /** Line of the conf or file that the text begins at. */
  readonly from: CodePlace
}

export interface LuaSource {
  readonly prefix: string
  /** A Lua file's text; null where it cannot be read. */
  readText(path: string): string | null
}

/** What Lua runs at the end of these levels (http, server, locations), outermost first, those in `if` included. */
export function luaAt(levels: readonly (readonly Block[])[], source: LuaSource): readonly LuaCode[] {
  return PHASES.flatMap((phase) => {
    const nearest = OWN_ONLY.has(phase)
      ? levels.at(-1)!
      : levels.findLast((body) => body.some((block) => isOf(phase, block)))
    const own = (nearest ?? []).filter((block) => isOf(phase, block))
    const conditional = levels
      .at(-1)!
      .filter(({ name }) => name === 'if')
      .flatMap(({ body }) => body.filter((block) => isOf(phase, block)))
    return [...own, ...conditional].map((block) => codeOf(phase, block, source))
  })
}

function isOf(phase: string, { name }: Block): boolean {
  return HANDLER.exec(name)?.[1] === phase
}

function codeOf(phase: string, block: Block, source: LuaSource): LuaCode {
  const at = placeIn(source, block)
  const { name, args, directive, file } = block
  if (name.endsWith('_file')) {
    // set_by_lua_file has the variable before it
    const path = resolve(source.prefix, args[phase === 'set' ? 1 : 0] ?? '')
    const from = { file: fromPrefix(source.prefix, path), line: 1 }
    return { ...from, directive: name, phase, text: source.readText(path) ?? '', from }
  }
  const { inner } = directive
  const text = inner ? file.text.slice(inner.start, inner.end) : (args[phase === 'set' ? 1 : 0] ?? '')
  return { ...at, directive: name, phase, text, from: at }
}
