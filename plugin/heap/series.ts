import type { Holding, PathNode } from './node.js'

/** One VM over all snapshots of a measurement: one tree of paths, the same for every snapshot and worker. */
export interface VmSeries {
  readonly label: string
  /** The node above the roots. */
  readonly top: PathNode
  /** It and all paths below it, as subtree() lists them: parents first, and what is below a path right behind it. */
  readonly nodes: readonly PathNode[]
  /** Paths of all files that functions are from. */
  readonly files: ReadonlySet<string>
}

/** All snapshots of one measurement, aligned: a tree of paths per VM, in whose columns each snapshot has its place. */
export class HeapSeries {
  /**
   * @param workers worker pids; all moments have them in this order
   * @param moments how many moments are judged; later ones (a load of each request alone) follow theirs
   * @param taken all moments, judged or not
   * @param lost VMs that were not there at every moment, and so cannot be judged
   */
  constructor(
    readonly workers: readonly number[],
    readonly moments: number,
    readonly taken: number,
    readonly vms: readonly VmSeries[],
    readonly lost: readonly string[],
  ) {}

  /** What a path holds at one moment in one worker; undefined where it was not there. */
  holding({ columns }: PathNode, moment: number, worker: number): Holding | undefined {
    return columns[moment * this.workers.length + worker]
  }

  /** What a path holds at one moment in those workers that have it. */
  holdings({ columns }: PathNode, moment: number): Holding[] {
    const first = moment * this.workers.length
    return columns.slice(first, first + this.workers.length).filter((holding) => holding !== undefined)
  }
}
