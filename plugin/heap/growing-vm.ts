import { sumBy } from '../base/sum.js'
import type { VmSnapshot } from '../types/snapshot.js'
import { collapse } from './collapse.js'
import { addColumn, type Column } from './column.js'
import { spelledOutOnce, withAllSpelledOut } from './columns.js'
import { childOf, copyTree, mergeNode, newNode, type OwnSums, type PathNode } from './node.js'
import { PassingKeys, stepsTo } from './passing-keys.js'
import type { VmSeries } from './series.js'
import { sourceReader } from './source/source.js'

/** The paths of one VM as the walker wrote them, which grow with each moment. What is collapsed is decided for all moments at once, in a copy. */
export class GrowingVm {
  readonly label: string
  readonly #workers: number
  /** What its columns leave out is in the column before, see columns.ts. */
  readonly #top = newNode('', null)
  readonly #passing = new PassingKeys()
  readonly #read = sourceReader()
  readonly #files = new Set<string>()
  /** The last column of each worker; none where paths were merged since. */
  #last: readonly Column[] = []
  /** How many keys are taken together. */
  #together = 0
  #columns = 0

  constructor(label: string, workers: number) {
    this.label = label
    this.#workers = workers
  }

  /** @param moment its snapshots at one more moment, one per worker */
  add(moment: readonly VmSnapshot[]): void {
    this.#passing.add(moment)
    this.#takeTogether()
    const tree = { top: this.#top, passing: this.#passing, workers: this.#workers }
    this.#last = moment.map((vm, worker) => {
      const sources = vm.sources.map(this.#read)
      for (const { file } of sources) if (file !== null) this.#files.add(file)
      return addColumn(tree, this.#columns++, { nodes: vm.nodes, sources }, this.#last[worker])
    })
  }

  /** All moments so far. Those that come change nothing in it. */
  series(): VmSeries {
    const top = copyTree(this.#top, spelledOutOnce(this.#columns, this.#workers))
    const all = Array.from({ length: this.#columns }, (_, column) => column)
    const ofWorker = Array.from({ length: this.#workers }, (_, worker) =>
      all.filter((column) => column % this.#workers === worker),
    )
    collapse(top, ofWorker)
    return { label: this.label, top, files: new Set(this.#files) }
  }

  /** Keys that were names until now join the others. */
  #takeTogether(): void {
    const together = sumBy([...this.#passing.tables()], ([, keys]) => keys.size)
    if (together === this.#together) return
    this.#together = together
    this.#last = []
    withAllSpelledOut(this.#top, this.#columns, this.#workers, () => this.#join())
  }

  #join(): void {
    const own: OwnSums = new Set()
    for (const [name, keys] of this.#passing.tables()) {
      const table = stepsTo(name).reduce<PathNode | undefined>((at, step) => at?.children.get(step), this.#top)
      const apart = table ? [...table.children.values()].filter(({ step }) => keys.has(step)) : []
      for (const key of apart) mergeNode(childOf(table!, '{*}'), key, own)
    }
  }
}
