import { sumBy } from '../base/sum.js'
import type { VmSnapshot } from '../types/snapshot.js'
import { collapse, isCollapsed } from './collapse.js'
import { addColumn, type Column, movedTo } from './column.js'
import { asGrowing, spelledOut } from './columns.js'
import { childOf, copyTree, mergeNode, newNode, type OwnSums, onceForColumns, type PathNode, subtree } from './node.js'
import { PassingKeys, stepsTo } from './passing-keys.js'
import type { VmSeries } from './series.js'
import { sourceReader } from './source/source.js'

/** The paths of one VM as the walker wrote them, which grow with each moment. What is collapsed is decided for all moments at once. */
export class GrowingVm {
  readonly label: string
  readonly #workers: number
  #top = newNode('', null)
  /**
   * As it grows, columns leave out what is in the column before, see columns.ts. A series has them spelled out, in this very tree
   * where nothing is collapsed: then it is copied before it goes on growing.
   */
  #state: 'growing' | 'spelled out' | 'handed out' = 'growing'
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
    this.#growOn()
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
    this.#spellOut()
    const all = Array.from({ length: this.#columns }, (_, column) => column)
    const ofWorker = Array.from({ length: this.#workers }, (_, worker) =>
      all.filter((column) => column % this.#workers === worker),
    )
    const { label } = this
    const files = new Set(this.#files)
    const nodes = subtree(this.#top)
    if (isCollapsed(nodes, ofWorker)) {
      this.#state = 'handed out'
      return { label, top: this.#top, nodes, files }
    }
    const top = copyTree(this.#top, (columns) => columns)
    collapse(top, ofWorker)
    return { label, top, nodes: subtree(top), files }
  }

  #spellOut(): void {
    if (this.#state !== 'growing') return
    const spelled = onceForColumns((columns) => spelledOut(columns, this.#columns, this.#workers))
    for (const node of subtree(this.#top)) node.columns = spelled(node.columns)
    this.#state = 'spelled out'
  }

  #growOn(): void {
    const columnsOf = onceForColumns((columns) => asGrowing(columns, this.#columns))
    if (this.#state === 'spelled out') for (const node of subtree(this.#top)) node.columns = columnsOf(node.columns)
    if (this.#state === 'handed out') {
      const copies = new Map<PathNode, PathNode>()
      this.#top = copyTree(this.#top, columnsOf, copies)
      this.#last = this.#last.map((column) => movedTo(copies, column))
    }
    this.#state = 'growing'
  }

  /** Keys that were names until now join the others. */
  #takeTogether(): void {
    const together = sumBy([...this.#passing.tables()], ([, keys]) => keys.size)
    if (together === this.#together) return
    this.#together = together
    this.#last = []
    // merges add columns up: in each of them it has to stand what each path holds
    this.#spellOut()
    this.#join()
    this.#growOn()
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
