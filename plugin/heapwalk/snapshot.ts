import { sumBy } from '../base/sum.js'
import type { HeapNode, MallocTally, Snapshot } from '../types/snapshot.js'
import { type KnownNodes, readApart } from './read-apart.js'

/** The only format this package reads. */
export const SNAPSHOT_FORMAT = 'resty-heap/1'

export class SnapshotError extends Error {
  override readonly name = 'SnapshotError'

  constructor(
    readonly code: 'SNAPSHOT_CUT_OFF' | 'SNAPSHOT_FORMAT' | 'SNAPSHOT_INVALID',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

/** Snapshots whose nodes are kept to be shared with the next one. */
const MOST_KNOWN = 16

/** Reads one snapshot after the other. What one has in common with the last of its process, or of any other, is read and kept once. */
export class SnapshotReader {
  /** By pid, the last read at the end. */
  readonly #known = new Map<number, KnownNodes>()

  /**
   * Reads what heapwalk wrote (nginx/walker/FORMAT.md). Its nodes may be those of earlier snapshots: nobody may change them.
   * @param pid whose it is, as far as that is known beforehand
   * @throws SnapshotError `SNAPSHOT_FORMAT` for another version (both are named), `SNAPSHOT_CUT_OFF` for a file without its trailer,
   *   `SNAPSHOT_INVALID` for a snapshot that contradicts itself
   */
  read(text: string, pid?: number): Snapshot {
    assertWhole(text)
    const before = (pid === undefined ? undefined : this.#known.get(pid)) ?? [...this.#known.values()].at(-1) ?? []
    const split = readApart(text, before)
    const snapshot = split?.snapshot ?? readJson(text)
    validate(snapshot)
    if (split) this.#keep(snapshot.pid, split.nodes)
    return snapshot
  }

  #keep(pid: number, nodes: KnownNodes): void {
    this.#known.delete(pid)
    this.#known.set(pid, nodes)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MOST_KNOWN) this.#known.delete(oldest!)
  }
}

/** Reads one snapshot that has nothing in common with another. Throws as SnapshotReader does. */
export function parseSnapshot(text: string): Snapshot {
  return new SnapshotReader().read(text)
}

function assertWhole(text: string): void {
  const format = /^\s*\{\s*"format"\s*:\s*"([^"]*)"/.exec(text)?.[1]
  if (format !== SNAPSHOT_FORMAT) throw wrongFormat(text, format)
  if (!TRAILER.test(text.slice(-64))) {
    throw new SnapshotError(
      'SNAPSHOT_CUT_OFF',
      `the snapshot was cut off after ${text.length} characters: its trailer "end":"${SNAPSHOT_FORMAT}" is missing. Take it again.`,
    )
  }
}

const TRAILER = /"end"\s*:\s*"resty-heap\/1"\s*\}\s*$/

function wrongFormat(text: string, format: string | undefined): SnapshotError {
  if (format === undefined) {
    const start = JSON.stringify(text.slice(0, 40))
    return new SnapshotError(
      'SNAPSHOT_FORMAT',
      `not a heap snapshot: it starts with ${start}; "format":"${SNAPSHOT_FORMAT}" was expected`,
    )
  }
  return new SnapshotError(
    'SNAPSHOT_FORMAT',
    `the snapshot's format is "${format}", this version reads "${SNAPSHOT_FORMAT}": use the heapwalk that came with this package`,
  )
}

function readJson(text: string): Snapshot {
  try {
    return JSON.parse(text) as Snapshot
  } catch (cause) {
    throw new SnapshotError('SNAPSHOT_INVALID', `the snapshot is not JSON: ${(cause as Error).message}`, { cause })
  }
}

function validate(snapshot: Snapshot): void {
  if (!Number.isInteger(snapshot.pid)) throw invalid(`pid is ${JSON.stringify(snapshot.pid)}`)
  if (!Array.isArray(snapshot.vms) || snapshot.vms.length === 0) throw invalid('it holds no Lua VM')
  validateMalloc(snapshot)
  for (const vm of snapshot.vms) {
    if (vm.accounted !== vm.gcTotal) {
      throw invalid(`VM ${vm.label} is not exact: ${vm.accounted} of ${vm.gcTotal} bytes accounted for`)
    }
    for (let index = 0; index < vm.nodes.length; index++) {
      const { p, s } = vm.nodes[index]!
      const parentKnown = Number.isInteger(p) && p >= -1 && p < index
      if (!parentKnown || typeof s !== 'string') {
        throw invalid(`node ${index} of VM ${vm.label} has parent ${p} and step ${JSON.stringify(s)}`)
      }
    }
  }
}

/** Every block has one holder, and malloc's rows count the same bytes. */
function validateMalloc({ process: { rows, malloc }, vms }: Snapshot): void {
  if (!malloc) return
  const tallies: MallocTally[] = [
    ...malloc.holders.map(([, blocks, bytes]): MallocTally => [blocks, bytes]),
    ...vms.flatMap(({ nodes }) => heldBy(nodes)),
    ...vms.flatMap(({ garbageMalloc: garbage }) => (garbage ? [garbage.finalizable, garbage.other] : [])),
    [malloc.lost.blocks, malloc.lost.bytes],
  ]
  const blocks = sumBy(tallies, (tally) => tally[0])
  const bytes = sumBy(tallies, (tally) => tally[1])
  if (blocks !== malloc.blocks || bytes !== malloc.bytes) {
    throw invalid(
      `of ${malloc.blocks} blocks of malloc with ${malloc.bytes} bytes, ${blocks} with ${bytes} have a holder or are lost`,
    )
  }
  if (!rows) return
  const used = sumBy(rows, (row) => (row.category === 'malloc' ? (row.used ?? 0) : 0))
  if (used !== malloc.bytes) throw invalid(`malloc's blocks have ${malloc.bytes} bytes, its rows ${used}`)
}

function heldBy(nodes: readonly HeapNode[]): MallocTally[] {
  const held: MallocTally[] = []
  for (const { mal } of nodes) if (mal) held.push(mal)
  return held
}

function invalid(reason: string): SnapshotError {
  return new SnapshotError('SNAPSHOT_INVALID', `the snapshot contradicts itself: ${reason}`)
}
