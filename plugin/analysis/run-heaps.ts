import { Aligner } from '../heap/align.js'
import type { HeapSeries } from '../heap/series.js'
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

  /** All that was seen so far. A process that was not there at every moment is in none of them. */
  align(measurement: Measurement): AlignedHeaps {
    const moments = seenMoments(measurement)
    const judged = judgedMoments(measurement).length
    return {
      workers: this.#workers.align(
        moments.map(({ snapshots }) => snapshots),
        judged,
      ),
      others: measurement.others.map((_, index) => {
        this.#others[index] ??= new Aligner()
        return this.#others[index].align(
          moments.map(({ others }) => others.slice(index, index + 1)),
          judged,
        )
      }),
    }
  }
}
