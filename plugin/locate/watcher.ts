import { readFileSync } from 'node:fs'
import { packageFile } from '../base/package-files.js'
import type { Target } from './target.js'

/** A target, and where it is. */
export interface Watched extends Target {
  /** What its records are recognised by. */
  readonly id: number
  /** As `ngx.config.subsystem` has it. */
  readonly vm: string
  /** Whether it is in the workers or in another process, such as the privileged agent. */
  readonly role: 'worker' | 'other'
}

/** In the order in which they build on each other. */
const PARTS = ['path', 'place', 'sites', 'kinds', 'malloc', 'zone', 'births', 'watch'] as const

/** Where a VM that is watched since its beginning keeps its watcher, until the processes that go on with it have begun. */
const KEY = 'resty-leak-watch'

/**
 * The Lua that each VM of a second start runs before anything else of its worker: it watches these targets and reports on stderr.
 * @param from  the first phase that is watched: requests and timers only, or also what runs at a start
 */
export function watcher(targets: readonly Watched[], from: 'init' | 'requests'): string {
  const begin = [
    `local begun = debug.getregistry()[${luaString(KEY)}]`,
    `if begun then debug.getregistry()[${luaString(KEY)}] = nil return begun.go_on() end`,
    'local M = { SOURCE = debug.getinfo(1, "S").source, own = setmetatable({}, { __mode = "k" }) }',
    `M.KEY, M.from_init = ${luaString(KEY)}, ${from === 'init'}`,
  ].join('\n')
  const parts = PARTS.map((part) => `do local part = function(...)\n${partText(part)}\nend part(M) end`)
  return [begin, `M.targets = ${luaValue(targets)}`, ...parts, ''].join('\n')
}

function partText(part: (typeof PARTS)[number]): string {
  return readFileSync(packageFile(`nginx/watcher/${part}.lua`), 'utf8')
}

/** Plain JSON as Lua writes it. */
export function luaValue(value: unknown): string {
  if (typeof value === 'string') return luaString(value)
  if (Array.isArray(value)) return `{ ${value.map(luaValue).join(', ')} }`
  if (typeof value !== 'object' || value === null) return value === null ? 'nil' : String(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{ ${members.map(([key, member]) => `[${luaString(key)}] = ${luaValue(member)}`).join(', ')} }`
}

/** Byte by byte, so that any key of a heap can stand in it. */
function luaString(text: string): string {
  const bytes = [...Buffer.from(text, 'utf8')].map((byte) => {
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c
    return isPlain ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`
  })
  return `"${bytes.join('')}"`
}
