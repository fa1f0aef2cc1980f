import { type Holding, type PathNode, pathOf } from './node.js'
import { printPath } from './path.js'

/** What only the compiler, the collector or the running stack reach comes and goes by itself: it is not the program's data. */
export function isNeverJudged(parent: PathNode, step: string): boolean {
  if (parent.parent === null) return NEVER_JUDGED_ROOTS.has(step)
  return step === '.<trace>' || (step === '.<stack>' && parent.step === 'main' && parent.parent.parent === null)
}
const NEVER_JUDGED_ROOTS = new Set(['gcroot.traces', 'gcroot.cur_L', 'gcroot.finalizers'])

/** The FFI's own list of what frees which cdata: an entry for each one that lives elsewhere, so its length says nothing more. */
export function isFinalizerTable(node: PathNode): boolean {
  const { step } = node
  return (step === '.<env>' || step === 'gcroot.ffi_fin') && FINALIZER_TABLES.has(printPath(pathOf(node)))
}
/** Where LuaJIT keeps it, by release. */
const FINALIZER_TABLES = new Set(['gcroot.ffi_fin', 'registry._LOADED.ffi.gc.<env>'])

/** Of what a path holds the part that is judged; it is changed. */
export function judgedPart(holding: Holding, isFinalizers: boolean): Holding {
  holding.objects.delete('trace')
  if (isFinalizers) holding.slots = [0, 0, 0, 0, 0]
  return holding
}
