import { parsePath } from './path.js'

/** Path and the step that stands for its elements: `['registry.a.^foo', '[*]']`; the second is empty where the path ends in one object. */
export function splitElements(path: string): readonly [container: string, elements: string] {
  const steps = parsePath(path)
  const last = steps.at(-1) ?? ''
  if (!ELEMENTS.test(last)) return [path, '']
  return [steps.slice(0, -1).join(''), last]
}
const ELEMENTS = /^(?:\[\*\]|\{\*\}|\[<.*>\]|\.<keys>)$/

/** Whether what is at `path` hangs on `above`; not of `above` itself. */
export function isBelow(path: string, above: string): boolean {
  return path.startsWith(above) && /^[.[{(]/.test(path.slice(above.length))
}

/** `GC roots => registry => ._LOADED => .demo => .go => ^foo` */
export function prettyPath(path: string): string {
  return ['GC roots', ...prettySteps(parsePath(path))].join(' => ')
}

/** Steps as people read them: an upvalue without its dot. */
export function prettySteps(steps: readonly string[]): string[] {
  return steps.map((step) => step.replace(/^\.\^/, '^'))
}

/** The path as a Lua programmer would say it: `package.loaded.demo.go, upvalue foo`. */
export function luaPath(path: string): string {
  const steps = parsePath(path)
  const [root, rest] =
    steps[0] === 'registry' && steps[1] === '._LOADED'
      ? ['package.loaded', steps.slice(2)]
      : [ROOTS.get(steps[0]!) ?? steps[0]!, steps.slice(1)]
  return root + rest.map(luaStep).join('')
}

const ROOTS = new Map([
  ['registry', 'debug.getregistry()'],
  ['globals', '_G'],
  ['main', 'the main thread'],
])

const WORDS = new Map([
  ['[*]', '[i]'],
  ['{*}', '[key]'],
  ['.<keys>', ', its keys'],
  ['.<metatable>', ', metatable'],
  ['.<env>', ', environment'],
  ['.<stack>', ', stack'],
  ['.<proto>', ', its code'],
  ['.<trace>', ', its traces'],
])

function luaStep(step: string): string {
  if (step.startsWith('.^')) return `, upvalue ${step.slice(2)}`
  if (step.startsWith('(')) return `, and so on by ${step.slice(1, -2)}`
  if (step.startsWith('[<')) return `[${step.slice(2, -2)}]`
  return WORDS.get(step) ?? step
}
