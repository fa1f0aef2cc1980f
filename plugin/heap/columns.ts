import { type Columns, emptyHolding, type Holding } from './node.js'

/**
 * The columns of a tree that grows: where a column says nothing of a path, the path is as it was in the column of the same worker before.
 * Most paths stay as they are in most columns, and cost nothing there.
 */
export type GrowingColumns = Columns

/** A path that was there and is there no more. */
export const GONE: Holding = emptyHolding()

/** What a path holds in one column; undefined where it is not there. */
export function held(columns: GrowingColumns, column: number, workers: number): Holding | undefined {
  for (let at = column; at >= 0; at -= workers) {
    const said = columns[at]
    if (said) return said === GONE ? undefined : said
  }
  return undefined
}

/** With what each column holds in its place, as a tree that is judged has it. */
export function spelledOut(columns: GrowingColumns, count: number, workers: number): (Holding | undefined)[] {
  const all: (Holding | undefined)[] = []
  for (let column = 0; column < count; column++) {
    const said = columns[column] ?? all[column - workers]
    all.push(said === GONE ? undefined : said)
  }
  return all
}

/** The inverse of spelledOut(), with nothing left out. */
export function asGrowing(columns: Columns, count: number): GrowingColumns {
  return Array.from({ length: count }, (_, column) => columns[column] ?? GONE)
}

/** Columns with one more in them: paths that held the same before, and hold the same now, go on sharing theirs. */
export class LongerColumns {
  readonly #column: number
  readonly #known = new Map<GrowingColumns, Map<Holding, GrowingColumns>>()

  /** @param column the one that is added, or replaced */
  constructor(column: number) {
    this.#column = column
  }

  of(columns: GrowingColumns, holding: Holding): GrowingColumns {
    const known = this.#known.get(columns)?.get(holding)
    if (known) return known
    const longer = columns.slice()
    longer[this.#column] = holding
    const all = this.#known.get(columns) ?? new Map()
    this.#known.set(columns, all.set(holding, longer))
    return longer
  }
}
