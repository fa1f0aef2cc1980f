import type { Snapshot, VmSnapshot } from '../types/snapshot.js'
import { GrowingVm } from './growing-vm.js'
import { HeapSeries } from './series.js'

/**
 * Aligns the snapshots of a measurement.
 * @param moments for each moment one snapshot per worker, workers always in the same order
 * @param judged how many of them are judged, default all
 */
export function alignSeries(moments: readonly (readonly Snapshot[])[], judged = moments.length): HeapSeries {
  return new Aligner().align(moments, judged)
}

/** Aligns a measurement that goes on: each moment is read once, however often the series is asked for. */
export class Aligner {
  #moments: (readonly Snapshot[])[] = []
  /** By label in the order met; null for a VM that was not there at every moment. */
  #vms = new Map<string, GrowingVm | null>()
  #series: HeapSeries | undefined

  /** Reads moments of which the series is asked for later. Those that are not those of before with others behind them are read from scratch. */
  read(moments: readonly (readonly Snapshot[])[]): void {
    if (!this.#areContinuedBy(moments)) {
      this.#moments = []
      this.#vms = new Map()
      this.#series = undefined
    }
    for (const moment of moments.slice(this.#moments.length)) this.#add(moment)
  }

  /** As alignSeries(). */
  align(moments: readonly (readonly Snapshot[])[], judged = moments.length): HeapSeries {
    this.read(moments)
    this.#series ??= this.#allSoFar()
    const { workers, taken, vms, lost } = this.#series
    return new HeapSeries(workers, judged, taken, vms, lost)
  }

  #areContinuedBy(moments: readonly (readonly Snapshot[])[]): boolean {
    const isSame = (known: readonly Snapshot[], moment: readonly Snapshot[] | undefined) =>
      known.length === moment?.length && known.every((snapshot, worker) => snapshot === moment[worker])
    return this.#moments.every((known, index) => isSame(known, moments[index]))
  }

  #add(moment: readonly Snapshot[]): void {
    const labels = new Set([...this.#vms.keys(), ...moment.flatMap(({ vms }) => vms.map(({ label }) => label))])
    for (const label of labels) {
      const known = this.#moments.length === 0 ? new GrowingVm(label, moment.length) : this.#vms.get(label)
      const now = moment.map((snapshot) => vmOf(snapshot, label)).filter((vm) => vm !== undefined)
      const isThere = known && now.length === moment.length
      this.#vms.set(label, isThere ? known : null)
      if (isThere) known.add(now)
    }
    this.#moments.push(moment)
    this.#series = undefined
  }

  #allSoFar(): HeapSeries {
    // After reloads: those that came last.
    const workers = (this.#moments.at(-1) ?? []).map(({ pid }) => pid)
    const taken = this.#moments.length
    const whole = [...this.#vms.values()].filter((vm) => vm !== null)
    const lost = [...this.#vms].flatMap(([label, vm]) => (vm === null ? [label] : []))
    const vms = whole.map((vm) => vm.series())
    return new HeapSeries(workers, taken, taken, vms, lost)
  }
}

function vmOf(snapshot: Snapshot, label: string): VmSnapshot | undefined {
  return snapshot.vms.find((vm) => vm.label === label)
}
