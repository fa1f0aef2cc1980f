import { Aligner } from '../heap/align.js'
import type { HeapSeries } from '../heap/series.js'
import type { Snapshot } from '../types/snapshot.js'
import { judgedMoments, type Measurement, seenMoments } from './measurement.js'

/** The heaps of one run, aligned: those of its workers, and those of each process beside them. */
export interface AlignedHeaps {
  readonly workers: HeapSeries
  /** In the order of the measurement's `others`. */
  readonly others: readonly HeapSeries[]
}

/** A run is judged again and again while it goes on, and each of its moments is aligned once for all of that. */
export class RunHeaps {
  readonly #workers = new Aligner()
  readonly #others: Aligner[] = []

  /** Reads all that was seen so far, for when it is judged. */
  read(measurement: Measurement): void {
    for (const [aligner, moments] of this.#each(measurement)) aligner.read(moments)
  }

  /** All that was seen so far. A process that was not there at every moment is in none of them. */
  align(measurement: Measurement): AlignedHeaps {
    const judged = judgedMoments(measurement).length
    const [workers, ...others] = this.#each(measurement).map(([aligner, moments]) => aligner.align(moments, judged))
    return { workers: workers!, others }
  }

  /** The workers first, then each process beside them. */
  #each(measurement: Measurement): (readonly [Aligner, (readonly Snapshot[])[]])[] {
    const moments = seenMoments(measurement)
    const others = measurement.others.map((_, index) => {
      this.#others[index] ??= new Aligner()
      return [this.#others[index], moments.map((moment) => moment.others.slice(index, index + 1))] as const
    })
    return [[this.#workers, moments.map(({ snapshots }) => snapshots)], ...others]
  }
}
