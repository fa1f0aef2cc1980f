import { type ConfTree, directivesOf } from './conf-tree.js'
import type { FileEdit } from './edit.js'
import { directivesFor, FIX_UPS, type FixUpScene } from './fix-ups.js'
import type { Target } from './target.js'
import { placeOf, source } from './words.js'

/** What the table of fix-ups makes of a conf. */
export interface FixedUp {
  readonly edits: readonly FileEdit[]
  /** Main directives that the conf lacks, for nginx's `-g`. */
  readonly globals: readonly string[]
  /** What must be said aloud. */
  readonly notices: readonly string[]
  /** Why a run in which nothing grows proves nothing. */
  readonly doubts: readonly string[]
}

/** Each row of the table in turn: what it replaces, and what it adds where the conf lacks it. */
export function applyFixUps(tree: ConfTree, target: Target): FixedUp {
  const edits: FileEdit[] = []
  const notices: string[] = []
  const doubts: string[] = []
  const globals: string[] = []
  const http = [...directivesOf(tree)].find(
    ({ directive, context }) => directive.name === 'http' && context.length === 0,
  )
  for (const row of FIX_UPS) {
    const scene: FixUpScene = { target, tree, present: directivesFor(row, tree) }
    for (const found of scene.present) {
      const { start, end } = found.directive
      const text = row.replace(found, scene)
      if (text === null || text === source(found, found.directive)) continue
      edits.push({ file: found.file, start, end, text })
      if (row.doubt) doubts.push(`${placeOf(tree, found)}: ${row.doubt(found)}`)
      if (row.notice) notices.push(`${placeOf(tree, found)}: ${row.notice}`)
    }
    const added = row.add?.text(scene)
    if (!added) continue
    if (row.add?.to === 'main') globals.push(added)
    else if (http?.directive.inner) {
      const { start } = http.directive.inner
      edits.push({ file: http.file, start, end: start, text: ` ${added}` })
    }
  }
  return { edits, globals, notices, doubts }
}
