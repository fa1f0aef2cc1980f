import type { VmSnapshot } from '../types/snapshot.js'
import { collapse } from './collapse.js'
import { addColumn, type Column } from './column.js'
import { childOf, copyTree, mergeNode, newNode, type OwnSums, type PathNode } from './node.js'
import { PassingKeys, stepsTo } from './passing-keys.js'
import type { VmSeries } from './series.js'
import { sourceReader } from './source/source.js'

/** The paths of one VM as the walker wrote them, which grow with each moment. What is collapsed is decided for all moments at once, in a copy. */
export class GrowingVm {
  readonly label: string
  readonly #top = newNode('', null)
  readonly #passing = new PassingKeys()
  readonly #read = sourceReader()
  readonly #files = new Set<string>()
  /** The last column of each worker, and how many keys were taken together then. */
  #last: readonly Column[] = []
  #together = 0
  #columns = 0

  constructor(label: string) {
    this.label = label
  }

  /** @param moment its snapshots at one more moment, one per worker */
  add(moment: readonly VmSnapshot[]): void {
    this.#passing.add(moment)
    this.#takeTogether()
    this.#last = moment.map((vm, worker) => {
      const sources = vm.sources.map(this.#read)
      for (const { file } of sources) if (file !== null) this.#files.add(file)
      return addColumn(this.#top, this.#columns++, { nodes: vm.nodes, sources }, this.#passing, this.#last[worker])
    })
  }

  /** All moments so far. Those that come change nothing in it. */
  series(workers: number): VmSeries {
    const top = copyTree(this.#top)
    const all = Array.from({ length: this.#columns }, (_, column) => column)
    const ofWorker = Array.from({ length: workers }, (_, worker) => all.filter((column) => column % workers === worker))
    collapse(top, ofWorker)
    return { label: this.label, top, files: new Set(this.#files) }
  }

  /** Keys that were names until now join the others. */
  #takeTogether(): void {
    const own: OwnSums = new Set()
    let together = 0
    for (const [name, keys] of this.#passing.tables()) {
      together += keys.size
      const table = stepsTo(name).reduce<PathNode | undefined>((at, step) => at?.children.get(step), this.#top)
      const apart = table ? [...table.children.values()].filter(({ step }) => keys.has(step)) : []
      for (const key of apart) mergeNode(childOf(table!, '{*}'), key, own)
    }
    // paths were merged: what was placed there is elsewhere now
    if (together !== this.#together) this.#last = []
    this.#together = together
  }
}
