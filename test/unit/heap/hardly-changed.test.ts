import { expect, test } from 'vitest'
import { Aligner } from '../../../plugin/heap/align.js'
import { parsePath } from '../../../plugin/heap/path.js'
import { SnapshotReader } from '../../../plugin/heapwalk/snapshot.js'
import type { Snapshot } from '../../../plugin/types/snapshot.js'
import { walkerText } from '../heapwalk/walker-text.js'
import { type HeapContents, type PathContents, snapshot, vm } from './build.js'
import { contents } from './contents.js'
import { plainSeries } from './plain-series.js'

type Random = (below: number) => number

/** Whole numbers that look random, and are the same in every run (xorshift). */
function seeded(seed: number): Random {
  let state = seed * 2_654_435_769 + 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const ROOTS = ['registry', 'registry._LOADED', 'globals', 'main', 'registry._LOADED.ffi.gc.<env>', 'gcroot.cur_L']
const STEPS = [
  '.a',
  '.b',
  '.zz',
  '["k ü"]',
  '[*]',
  '[*]',
  '{*}',
  '{*}',
  '.^up',
  '.<metatable>',
  '.<stack>',
  '.<keys>',
  '[<table>]',
  '(.^next)+',
]

/** A tree that changes: paths by name, each with what it holds. */
class Tree {
  readonly #random: Random
  #paths = new Map<string, PathContents>()

  constructor(random: Random) {
    this.#random = random
    for (const root of ROOTS) this.#paths.set(root, { table: 1, e: { '[*]': 2, '{*}': 1 } })
    this.#paths.set('registry[*]', { string: 2, pay: 10 })
    for (let count = 0; count < 40; count++) this.#grow()
  }

  /** Some paths hold something else, come, go or have another name; few of many. */
  change(): void {
    for (let count = this.#random(4); count > 0; count--) this.#grow()
    for (let count = this.#random(3); count > 0; count--) this.#hold(this.#one())
    if (this.#random(2) === 0) this.#move(this.#one(), undefined)
    if (this.#random(3) === 0) this.#move(this.#one(), `.new${this.#random(9)}`)
    const collected = [...this.#paths.keys()].filter((path) => /\[\*\]$|\{\*\}$/.test(path))
    if (collected.length > 0) this.#move(collected[this.#random(collected.length)]!, undefined)
    for (let count = 4; count > 0; count--) this.#redefine(this.#one())
    const key = [...this.#paths.keys()].find((path) => /\.key\d+$/.test(path))
    if (key) this.#hold(key)
  }

  /** Keys with names of their own, more than are told one by one; some of those that there were go, others hold more. */
  passKeys(): void {
    const table = ['registry', 'registry._LOADED', 'globals'][this.#random(3)]!
    const keys = [...this.#paths.keys()].filter((path) => /\.key\d+$/.test(path))
    for (const key of keys) {
      if (this.#random(4) === 0) this.#paths.delete(key)
      else this.#hold(key)
    }
    for (let key = 0; key < 20; key++) this.#hold(`${table}.key${this.#random(1000)}`)
  }

  /** As the walker writes them: parents first, children by step. */
  contents(): HeapContents {
    const steps = (path: string) => parsePath(path)
    const paths = [...this.#paths].sort(([one], [other]) => compare(steps(one), steps(other)))
    return Object.fromEntries(paths)
  }

  #one(): string {
    return [...this.#paths.keys()][this.#random(this.#paths.size)]!
  }

  #grow(): void {
    this.#hold(this.#one() + STEPS[this.#random(STEPS.length)]!)
  }

  #hold(path: string): void {
    this.#paths.set(path, this.#held())
  }

  /** The same code, a line further up. */
  #redefine(path: string): void {
    const held = this.#paths.get(path)!
    const moved = (source: string) => source.replace(/\d+/, (line) => String(Math.max(1, Number(line) - 1)))
    if (held.src !== undefined) this.#paths.set(path, { ...held, src: moved(held.src) })
    if (held.def) this.#paths.set(path, { ...held, def: { [moved(Object.keys(held.def)[0]!)]: 1 } })
    if (held.cls !== undefined) this.#paths.set(path, { ...held, cls: moved(held.cls) })
  }

  /** What is at a path and below it, elsewhere or nowhere. */
  #move(path: string, step: string | undefined): void {
    if (ROOTS.includes(path)) return
    const above = parsePath(path).slice(0, -1).join('')
    for (const [below, held] of [...this.#paths]) {
      if (!below.startsWith(path) || ROOTS.includes(below)) continue
      this.#paths.delete(below)
      if (step !== undefined) this.#paths.set(above + step + below.slice(path.length), held)
    }
  }

  #held(): PathContents {
    const random = this.#random
    const some = (amount: number) => 1 + random(amount)
    const line = () => `/srv/${['a', 'b', 'c'][random(3)]}.lua:${some(40)}`
    const kinds: readonly (() => PathContents)[] = [
      () => ({ string: some(3), pay: some(40) }),
      () => ({ table: some(2), e: { '[*]': some(5), '{*}': some(3) }, sl: [some(4), 8, 0, 0, 64] }),
      () => ({ table: 1, e: { '.<keys>': 1 }, cls: line(), add: [`${line()} go`] }),
      () => ({ table: 1, cls: line(), mts: 1, lru: [1, some(9), 9] }),
      () => ({ table: 1, weak: random(2) ? 'k' : 'v' }),
      () => ({ function: some(2), src: line(), def: { [line()]: 1 } }),
      () => ({ cdata: some(3), ct: [['struct x', null, some(3)]], mal: [some(2), 64] }),
      () => ({ thread: 1, idle: random(2), src: line(), set: [`${line()} put`] }),
      () => ({}),
    ]
    return kinds[random(kinds.length)]!()
  }
}

function compare(one: readonly string[], other: readonly string[]): number {
  const at = one.findIndex((step, index) => step !== other[index])
  if (at < 0) return one.length - other.length
  if (other[at] === undefined) return 1
  return one[at]! < other[at]! ? -1 : 1
}

/** Two workers with two VMs each, which change on their own; from some moment on others with other pids, and a VM less. */
function randomRun(random: Random): Snapshot[][] {
  const [reloadedAt, goneAt, passingAt] = [random(12), random(20), random(6)]
  const trees = [0, 1].map(() => [new Tree(random), new Tree(random)] as const)
  return Array.from({ length: 8 }, (_, moment) =>
    trees.map(([http, stream], worker): Snapshot => {
      for (const tree of [http, stream]) {
        if (moment > 0 && random(4) > 0) tree.change()
        if (moment === passingAt || moment === passingAt + 1) tree.passKeys()
      }
      const taken = snapshot(http.contents(), { pid: 7 + worker + (moment >= reloadedAt ? 10 : 0), takenAtMs: moment })
      return moment >= goneAt ? taken : { ...taken, vms: [...taken.vms, vm(stream.contents(), 'stream')] }
    }),
  )
}

test('what is shared between snapshots that hardly differ is aligned as if each had been read alone', () => {
  let shared = 0
  for (let seed = 1; seed <= 12; seed++) {
    const reader = new SnapshotReader()
    const aligner = new Aligner()
    const alone: Snapshot[][] = []
    const read: Snapshot[][] = []
    for (const [at, moment] of randomRun(seeded(seed)).entries()) {
      const texts = moment.map((taken) => walkerText(taken))
      alone.push(texts.map((text) => JSON.parse(text)))
      read.push(texts.map((text, worker) => reader.read(text, moment[worker]!.pid)))
      expect(read.at(-1)).toEqual(alone.at(-1))
      const series = aligner.align(read)
      if (at % 4 === 3) expect(contents(series), `seed ${seed}`).toEqual(contents(plainSeries(alone)))
    }
    const nodes = read.map((moment) => moment.flatMap(({ vms }) => vms.flatMap((each) => each.nodes)))
    shared += nodes.flat().length - new Set(nodes.flat()).size
  }
  expect(shared).toBeGreaterThan(500)
})
