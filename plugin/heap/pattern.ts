import type { Path, Pattern } from '../types/path.js'
import type { PathNode } from './node.js'
import { isManyKeys, isStringKey } from './path.js'

/** How far a path has come in a pattern: step `at` is next, or, `below`, the upvalue of a function that was just entered. */
interface State {
  readonly at: number
  readonly below: boolean
}
type States = readonly State[]

/**
 * Whether a budget on `pattern` covers `path`: it, or something above it, matches.
 * A plain `.foo` also matches the upvalue `foo` of the function before it, and of a function one key below.
 */
export function patternCovers(pattern: Pattern, path: Path): boolean {
  let states = start(pattern)
  return path.some((step) => {
    states = advance(pattern, states, step)
    return isMatch(pattern, states)
  })
}

/**
 * Whether a budget on `outer` covers every path that a budget on `inner` does.
 * `*` and `**` in `inner` are taken for steps that only a wildcard matches.
 */
export function patternContains(outer: Pattern, inner: Pattern): boolean {
  const shortest = inner.filter((step) => step !== '**')
  const longer = inner.map((step) => (step === '**' ? '*' : step))
  return [shortest, longer].every((steps) => patternCovers(outer, steps))
}

/** The highest nodes that match: together with all below them they are what a budget covers, each once. */
export function matchingNodes(top: PathNode, pattern: Pattern): PathNode[] {
  const matches: PathNode[] = []
  const open: [PathNode, States][] = [[top, start(pattern)]]
  for (let next = open.pop(); next; next = open.pop()) {
    const [node, states] = next
    for (const child of node.children.values()) {
      const reached = advance(pattern, states, child.step)
      if (isMatch(pattern, reached)) matches.push(child)
      else if (reached.length > 0) open.push([child, reached])
    }
  }
  return matches
}

function start(pattern: Pattern): States {
  return skipAny(pattern, { at: 0, below: false })
}

function isMatch(pattern: Pattern, states: States): boolean {
  return states.some(({ at, below }) => at === pattern.length && !below)
}

function advance(pattern: Pattern, states: States, step: string): States {
  const reached = new Map<string, State>()
  for (const state of states) {
    for (const next of after(pattern, state, step).flatMap((found) => skipAny(pattern, found))) {
      reached.set(`${next.at}${next.below}`, next)
    }
  }
  return [...reached.values()]
}

function after(pattern: Pattern, { at, below }: State, step: string): State[] {
  const wanted = pattern[at]
  if (wanted === undefined) return []
  if (wanted === '**') return [{ at, below: false }]
  const next = { at: at + 1, below: false }
  const upvalue = /^\.[A-Za-z_]/.test(wanted) ? `.^${wanted.slice(1)}` : undefined
  if (below) return step === upvalue ? [next] : []
  if (wanted === '*' || step === wanted || step === upvalue) return [next]
  return upvalue && (isStringKey(step) || isManyKeys(step)) ? [{ at, below: true }] : []
}

/** `**` may also stand for no step at all. */
function skipAny(pattern: Pattern, state: State): State[] {
  if (state.below || pattern[state.at] !== '**') return [state]
  return [state, ...skipAny(pattern, { at: state.at + 1, below: false })]
}
