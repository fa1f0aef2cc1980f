import { sumBy } from '../base/sum.js'
import type { TypeName, VmSnapshot } from '../types/snapshot.js'

// lj_gc.c: each step of the collector follows on GCSTEPSIZE allocated bytes, sweeps at GCSWEEPCOST an object or a chain of strings,
// and runs finalizers at GCFINALIZECOST each. Marking costs what the marked objects are large.
const STEP_BYTES = 1024
const SWEEP_COST = 10
const FINALIZE_COST = 100
/** What a string, a cdata or a userdata refers to is marked with it, at no cost. */
const MARKED_AT_A_COST: readonly TypeName[] = ['table', 'function', 'proto', 'thread', 'trace']
/** Strings are swept by the chain, and an open upvalue with its thread. */
const SWEPT_SINGLY: readonly TypeName[] = [...MARKED_AT_A_COST, 'upvalue', 'cdata', 'userdata']
/** A cdata of 8 bytes, which is the smallest object that is swept by itself. */
const SMALLEST_OBJECT_BYTES = 16
/** From here on, LJ_MAX_MEM of 4-byte references, a threshold means that the program has stopped the collector. */
const STOPPED_32 = 0x7fffff00
const STOPPED_64 = 2 ** 47

/** What of a snapshot tells when a collection will have ended. */
export type CollectedVm = Pick<VmSnapshot, 'build' | 'gc' | 'gcTotal' | 'total' | 'reachable' | 'internals'>

/**
 * How many bytes a VM has still to allocate until a collection that begins from now on has ended: then what is garbage now is gone,
 * and its finalizers have run. An upper bound, as long as no single allocation is larger than 1 KB; larger ones make each step of
 * the collector later, in proportion. One that is under way does not count, since garbage that it marked before survives it.
 * @param keptShare of what is allocated from now on, the share that stays reachable: 0 to 1. All of it makes the bound hold for
 *   any program; one that keeps nothing needs a third.
 * @returns Infinity where the collector is stopped, or never catches up; undefined where the snapshot does not tell
 */
export function bytesUntilCollected(vm: CollectedVm, keptShare = 1): number | undefined {
  const { gc, gcTotal } = vm
  if (!gc) return undefined
  if (gc.threshold >= (is64(vm) ? STOPPED_64 : STOPPED_32)) return Number.POSITIVE_INFINITY
  if (gc.state === 'pause') {
    const wait = Math.max(0, gc.threshold - gcTotal)
    return wait + collectionBytes(vm, wait, keptShare)
  }
  const underWay = collectionBytes(vm, 0, keptShare)
  // the estimate that the next threshold is made of: no more than there is now, and what is kept until then
  const wait = Math.max(0, ((gcTotal + underWay * keptShare) * (gc.pause - 100)) / 100)
  return underWay + wait + collectionBytes(vm, underWay + wait, keptShare)
}

/** Bytes allocated during a whole collection, which begins `moreBytes` from now on. */
function collectionBytes(vm: CollectedVm, moreBytes: number, keptShare: number): number {
  const stepCost = Math.floor(STEP_BYTES / 100) * (vm.gc?.stepMul ?? 0)
  if (stepCost === 0) return 0 // lj_gc_step(): no limit, all of it in one step
  const reachable = sumBy(MARKED_AT_A_COST, (type) => vm.reachable[type]?.[1] ?? 0)
  const marked = bytesFor(reachable + moreBytes * keptShare, stepCost, keptShare)
  if (marked === Number.POSITIVE_INFINITY) return marked
  const chains = (vm.internals.stringTable ?? 0) / (is64(vm) ? 8 : 4)
  const objects = objectsOf(vm, SWEPT_SINGLY) + (moreBytes + marked) / SMALLEST_OBJECT_BYTES
  const swept = bytesFor((chains + objects) * SWEEP_COST, stepCost, SWEEP_COST / SMALLEST_OBJECT_BYTES)
  // which of them will have finalizers to run is not known: no more than there are, and as many in proportion of what comes
  const finalizable = objectsOf(vm, ['cdata', 'userdata']) * (1 + (moreBytes + marked) / vm.gcTotal)
  return marked + swept + bytesFor(finalizable * FINALIZE_COST, stepCost, 0)
}

/** Bytes allocated while work of this cost is done, of which each byte allocated meanwhile adds `costPerByte`. */
function bytesFor(cost: number, stepCost: number, costPerByte: number): number {
  const progress = stepCost - STEP_BYTES * costPerByte
  return progress > 0 ? (Math.ceil(cost / progress) + 1) * STEP_BYTES : Number.POSITIVE_INFINITY
}

function objectsOf({ total }: CollectedVm, types: readonly TypeName[]): number {
  return sumBy(types, (type) => total[type]?.[0] ?? 0)
}

function is64({ build }: CollectedVm): boolean {
  return build.includes('gc64')
}
