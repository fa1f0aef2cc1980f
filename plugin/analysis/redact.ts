import { chainSteps, isStringKey, parsePath } from '../heap/path.js'
import { processPath } from '../process/path.js'
import type { Located } from '../types/added.js'
import type { Growth } from '../types/growth.js'
import type { PathTree } from '../types/path-tree.js'
import type { LeakReport, ProcessGrowth, Violation } from '../types/report.js'

/**
 * Which keys a report must not show. `true`: every string key but what code names: globals, loaded modules, and what is in the registry itself.
 * A text is a regular expression: every string key that it finds something in, wherever it stands.
 */
export type Redact = true | string

/** A pattern that is no regular expression. `code` is `REDACT_PATTERN`. */
export class RedactError extends Error {
  override readonly name = 'RedactError'
  readonly code = 'REDACT_PATTERN'
}

/**
 * Reads what a user gives; undefined and false redact nothing.
 * @throws RedactError
 */
export function parseRedact(input: boolean | string | RegExp | undefined): Redact | undefined {
  if (input === undefined || typeof input === 'boolean') return input || undefined
  const source = typeof input === 'string' ? input : input.source
  try {
    new RegExp(source, 'u')
  } catch (cause) {
    throw new RedactError(`redact ${JSON.stringify(source)} is no regular expression: ${(cause as Error).message}`, {
      cause,
    })
  }
  return source
}

/** The report with its keys replaced by `["redacted 1"]`, `["redacted 2"]` and so on: the same key is the same number wherever it stands. */
export function redactReport<T extends LeakReport>(report: T, redact: Redact | undefined): LeakReport {
  if (redact === undefined) return report
  const keys = new Keys(redact)
  const growth = (one: Growth): Growth => ({ ...one, path: keys.path(one.path) })
  const growths = report.growths.map(growth)
  const moved = report.moved.map(growth)
  const ofProcess = (one: ProcessGrowth): ProcessGrowth =>
    one.vm === undefined || one.holder === undefined ? one : { ...one, holder: keys.holder(one.holder) }
  const process = {
    ...report.process,
    growths: report.process.growths.map(ofProcess),
    ...(report.process.moved && { moved: report.process.moved.map(ofProcess) }),
  }
  const paths = report.paths?.map((tree) => keys.tree(tree))
  const violations = report.violations.map((violation) => keys.violation(violation))
  const located = <T extends Located>(one: T): T => keys.located(one)
  const { baselineUpdate: update } = report
  return {
    ...report,
    ...(update && {
      baselineUpdate: {
        ...update,
        entries: update.entries.map((entry) => ({ ...entry, path: keys.accepted(entry.path) })),
      },
    }),
    // Last, since they quote paths and keys that were met above.
    growths: growths.map(located),
    moved: moved.map(located),
    process: { ...process, growths: process.growths.map(located) },
    violations,
    reasons: report.reasons.map((reason) => keys.quoted(reason)),
    ...(paths && { paths }),
  }
}

class Keys {
  readonly #pattern: RegExp | null
  readonly #numbers = new Map<string, string>()
  readonly #paths = new Map<string, string>()

  constructor(redact: Redact) {
    this.#pattern = redact === true ? null : new RegExp(redact, 'u')
  }

  path(text: string): string {
    const steps = parsePath(text)
    const redacted = steps.map((step, index) => this.#step(step, index, steps[0]!, steps[1])).join('')
    if (redacted !== text) this.#paths.set(text, redacted)
    return redacted
  }

  /** A path that holds memory off the Lua heap, which a baseline names in a key of `process.malloc`. */
  holder(text: string): string {
    const redacted = this.path(text)
    if (redacted !== text) {
      const named = (holder: string) => processPath({ category: 'malloc', holder })
      this.#paths.set(named(text), named(redacted))
    }
    return redacted
  }

  /** A path as a baseline names it: with the VM before it where that is not http's, and of what holds malloc as a key of `process.malloc`. */
  accepted(named: string): string {
    const vm = /^\w+ /.exec(named)?.[0] ?? ''
    const path = named.slice(vm.length)
    const [root, , held] = parsePath(path)
    if (root !== 'process') return `${vm}${this.path(path)}`
    if (held?.startsWith('["')) {
      const holder: string = JSON.parse(held.slice(1, -1))
      if (LUA_ROOT.test(holder)) this.holder(holder)
    }
    return `${vm}${this.#paths.get(path) ?? path}`
  }

  tree({ vm, nodes }: PathTree): PathTree {
    const places: { depth: number; root: string; second: string | undefined }[] = []
    return {
      vm,
      nodes: nodes.map((node) => {
        const above = places[node.p]
        const depth = above ? above.depth + 1 : 0
        const place = { depth, root: above?.root ?? node.s, second: depth === 1 ? node.s : above?.second }
        places.push(place)
        return node.more === undefined ? { ...node, s: this.#step(node.s, depth, place.root, place.second) } : node
      }),
    }
  }

  /** A budget's own path is the user's wording, not the heap's; a baseline's or a growth's is the heap's. */
  violation(violation: Violation): Violation {
    const path = this.#paths.get(violation.path) ?? violation.path
    return {
      ...violation,
      path,
      ...(violation.nearest && { nearest: violation.nearest.map((near) => this.path(near)) }),
    }
  }

  /** Where it is added, without names and source lines that say a key which is hidden. */
  located<T extends Located>(one: T): T {
    const shown = (name: string | null) => (name !== null && this.#says(name) ? null : name)
    const addedAt = one.addedAt?.map(({ excerpt, ...added }) => ({
      ...added,
      function: shown(added.function),
      ...(excerpt && !excerpt.lines.some((line) => this.#says(line)) && { excerpt }),
    }))
    const mayBeAddedAt = one.mayBeAddedAt?.map((place) => ({ ...place, function: shown(place.function) }))
    return { ...one, ...(addedAt && { addedAt }), ...(mayBeAddedAt && { mayBeAddedAt }) }
  }

  /** Whether a text has a key in it that is hidden, as a word of its own. */
  #says(text: string): boolean {
    const words = text.split(/[^\w-]+/)
    return [...this.#numbers.keys()].some((step) => {
      const key = bareKey(step)
      return /^[\w-]+$/.test(key) ? words.includes(key) : key !== '' && text.includes(key)
    })
  }

  /** Longer paths first: one may begin with another. */
  quoted(text: string): string {
    const known = [...this.#paths].sort(([one], [other]) => other.length - one.length)
    return known.reduce((left, [path, redacted]) => left.replaceAll(path, redacted), text)
  }

  #step(step: string, depth: number, root: string, second: string | undefined): string {
    const chain = chainSteps(step)
    if (chain) return `(${chain.map((inner) => this.#step(inner, Number.POSITIVE_INFINITY, root, second)).join('')})+`
    if (!isStringKey(step) || !this.#isSecret(step, depth, root, second)) return step
    const known = this.#numbers.get(step) ?? `["redacted ${this.#numbers.size + 1}"]`
    this.#numbers.set(step, known)
    return known
  }

  #isSecret(step: string, depth: number, root: string, second: string | undefined): boolean {
    if (this.#pattern) return this.#pattern.test(bareKey(step))
    return depth > (root === 'registry' && second === '._LOADED' ? 2 : 1)
  }
}

/** What a path of the Lua heap begins with; what else holds malloc is named in words. */
const LUA_ROOT = /^(?:registry|globals|main|gcroot)(?=[.[(]|$)/

/** `.name` and `["any key"]` without what marks them as keys. */
function bareKey(step: string): string {
  return step.replace(/^\./, '').replace(/^\["|"\](?:\.\.\.\(\d+ bytes\))?$/g, '')
}
