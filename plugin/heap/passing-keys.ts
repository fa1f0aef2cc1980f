import type { HeapNode, VmSnapshot } from '../types/snapshot.js'
import { MOST_CHANGED_KEYS } from './collapse.js'
import { isStringKey } from './path.js'

/** Tables whose keys each have a meaning of their own: a module, a global. */
const NAMED = ['registry', 'globals', 'registry._LOADED'] as const
export type NamedTable = (typeof NAMED)[number]

/**
 * Keys of `registry`, `_LOADED` and `globals` that are no names: where more than 16 came or went during the run, those that did.
 * A key that came or went once has done so for the rest of the run.
 */
export class PassingKeys {
  /** The keys that each worker had at the first moment. */
  readonly #first: ReadonlyMap<NamedTable, ReadonlySet<string>>[] = []
  /** The nodes of each worker at the last moment. */
  #last: readonly (readonly HeapNode[])[] = []
  readonly #changed = new Map(NAMED.map((table) => [table, new Set<string>()]))

  /** @param moment snapshots of one VM, one per worker */
  add(moment: readonly VmSnapshot[]): void {
    const last = this.#last
    this.#last = moment.map(({ nodes }) => nodes)
    for (const [worker, vm] of moment.entries()) {
      if (haveSamePaths(last[worker] ?? [], vm.nodes)) continue
      const now = keysOfNamed(vm)
      const first = this.#first[worker]
      if (!first) {
        this.#first[worker] = now
        continue
      }
      for (const table of NAMED) addChanged(this.#changed.get(table)!, first.get(table)!, now.get(table)!)
    }
  }

  /** The keys of a table that are taken together; none while those that came or went are few. */
  of(table: NamedTable): ReadonlySet<string> {
    const changed = this.#changed.get(table)!
    return changed.size > MOST_CHANGED_KEYS ? changed : NONE
  }

  /** Whether any keys are taken together. */
  get any(): boolean {
    return NAMED.some((table) => this.of(table).size > 0)
  }

  /** Those tables of which keys are taken together, with these keys. */
  *tables(): Generator<[NamedTable, ReadonlySet<string>]> {
    for (const table of NAMED) if (this.of(table).size > 0) yield [table, this.of(table)]
  }
}

const NONE: ReadonlySet<string> = new Set()

/** Whether that shows without comparing many of them: most nodes of a heap that hardly changed are the very same. */
function haveSamePaths(before: readonly HeapNode[], now: readonly HeapNode[]): boolean {
  if (before.length !== now.length) return false
  for (let index = 0; index < now.length; index++) {
    const [one, other] = [before[index]!, now[index]!]
    if (one !== other && (one.p !== other.p || one.s !== other.s)) return false
  }
  return true
}

function addChanged(changed: Set<string>, first: ReadonlySet<string>, now: ReadonlySet<string>): void {
  for (const key of now) if (!first.has(key)) changed.add(key)
  for (const key of first) if (!now.has(key)) changed.add(key)
}

/** String keys of each of these tables in one snapshot. */
function keysOfNamed({ nodes }: VmSnapshot): Map<NamedTable, Set<string>> {
  const keys = new Map(NAMED.map((table) => [table, new Set<string>()]))
  const tables = new Map<number, NamedTable>()
  for (let index = 0; index < nodes.length; index++) {
    const { p, s } = nodes[index]!
    const parent = p < 0 ? undefined : tables.get(p)
    const named = namedTable(parent, p, s)
    if (named) tables.set(index, named)
    if (parent && isStringKey(s) && !named) keys.get(parent)!.add(s)
  }
  return keys
}

/** Which of these tables a node is. */
export function namedTable(parent: NamedTable | undefined, p: number, s: string): NamedTable | undefined {
  if (p < 0) return s === 'registry' || s === 'globals' ? s : undefined
  return parent === 'registry' && s === '._LOADED' ? 'registry._LOADED' : undefined
}

/** The steps to one of these tables. */
export function stepsTo(table: NamedTable): readonly string[] {
  return table === 'registry._LOADED' ? ['registry', '._LOADED'] : [table]
}
