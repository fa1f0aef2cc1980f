import type { Path, Pattern } from '../types/path.js'

/** Reference paths, as nginx/walker/FORMAT.md writes them: a root and then steps, each of them one string. */

export class PathError extends Error {
  override readonly name = 'PathError'
  readonly code = 'PATH_INVALID'
}

const STRING_KEY = String.raw`\.[A-Za-z_]\w*|\["(?:[^"\\]|\\.)*"(?:\.\.\.\(\d+ bytes\))?\]`
const SPECIAL = String.raw`\.\^\w+|\.<[^<>]+>|\[\*\]|\{\*\}|\[<[^<>]+>\]`
const PLAIN = `(?:${STRING_KEY}|${SPECIAL})`
/** `process` is what is off the Lua heap: process.malloc, process.shm.cache. */
const ROOT = /(?:registry|globals|main|process|gcroot\.\w+)/y
const STEP = new RegExp(String.raw`${PLAIN}|\((?:${PLAIN})+\)\+`, 'y')
const WILD_ROOT = /\*\*|\*/y
const WILD_STEP = /\.\*\*|\.\*/y
const ALIASES = [
  [/^package\.loaded(?=$|[.[{(])/, 'registry._LOADED'],
  [/^_G(?=$|[.[{(])/, 'globals'],
] as const

/**
 * The steps of a path. `package.loaded` and `_G` are taken for `registry._LOADED` and `globals`.
 * @throws PathError naming the path and the place that cannot be read
 */
export function parsePath(text: string): Path {
  return readSteps(text, ROOT, STEP)
}

/**
 * The steps of a path in which `*` stands for any one step and `**` for any number of them.
 * @throws PathError naming the path and the place that cannot be read
 */
export function parsePattern(text: string): Pattern {
  return readSteps(text, either(WILD_ROOT, ROOT), either(WILD_STEP, STEP)).map((step) =>
    step === '.*' || step === '.**' ? step.slice(1) : step,
  )
}

function either(first: RegExp, second: RegExp): RegExp {
  return new RegExp(`(?:${first.source}|${second.source})`, 'y')
}

function readSteps(text: string, root: RegExp, step: RegExp): Path {
  const whole = ALIASES.reduce((path, [alias, meaning]) => path.replace(alias, meaning), text.trim())
  const steps: string[] = []
  let at = 0
  while (at < whole.length || steps.length === 0) {
    const token = steps.length === 0 ? root : step
    token.lastIndex = at
    const read = token.exec(whole)?.[0]
    if (!read) throw unreadable(text, whole, at)
    steps.push(read)
    at += read.length
  }
  return steps
}

function unreadable(text: string, whole: string, at: number): PathError {
  if (at === 0) {
    return new PathError(
      `'${text}' is no reference path: it starts with registry, globals (or _G), main, gcroot.NAME or package.loaded, as in package.loaded.demo.foo`,
    )
  }
  return new PathError(
    `'${text}' is no reference path from '${whole.slice(at)}' on: a step is .name, ["any key"], [*], {*}, .^upvalue, .<metatable>, [<table>] or (.^chain)+`,
  )
}

/** The path as text; the inverse of parsePath. */
export function printPath(path: Path): string {
  return path.join('')
}

/** Whether a step is one string key of a table. */
export function isStringKey(step: string): boolean {
  return step.startsWith('["') || /^\.[A-Za-z_]/.test(step)
}

/** Whether a step stands for many keys of a table at once: the container is what precedes it. */
export function isManyKeys(step: string): boolean {
  return step === '[*]' || step === '{*}' || step.startsWith('[<')
}

/** The steps that a chain `(.a.b)+` repeats; undefined for any other step. */
export function chainSteps(step: string): Path | undefined {
  if (!step.startsWith('(') || !step.endsWith(')+')) return undefined
  return step.slice(1, -2).match(new RegExp(PLAIN, 'g')) ?? undefined
}
