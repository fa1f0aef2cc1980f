import { emptyHolding, type Holding, type PathNode, subtree } from './node.js'

/**
 * The columns of a tree that grows: where a column says nothing of a path, the path is as it was in the column of the same worker before.
 * Most paths stay as they are in most columns, and cost nothing there.
 */
export type GrowingColumns = PathNode['columns']

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

/** Changes a tree as merges do, which add columns up: in each of them it says what each path holds, before and after. */
export function withAllSpelledOut(top: PathNode, count: number, workers: number, change: () => void): void {
  for (const node of subtree(top)) setColumns(node, spelledOut(node.columns, count, workers))
  change()
  for (const node of subtree(top)) for (let column = 0; column < count; column++) node.columns[column] ??= GONE
}

function setColumns({ columns }: PathNode, all: readonly (Holding | undefined)[]): void {
  for (const [column, holding] of all.entries()) columns[column] = holding
}
