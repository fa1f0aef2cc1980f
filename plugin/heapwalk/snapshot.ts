import { sumBy } from '../base/sum.js'
import type { MallocTally, Snapshot } from '../types/snapshot.js'

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

/**
 * Reads what heapwalk wrote (nginx/walker/FORMAT.md).
 * @throws SnapshotError `SNAPSHOT_FORMAT` for another version (both are named), `SNAPSHOT_CUT_OFF` for a file without its trailer,
 *   `SNAPSHOT_INVALID` for a snapshot that contradicts itself
 */
export function parseSnapshot(text: string): Snapshot {
  const format = /^\s*\{\s*"format"\s*:\s*"([^"]*)"/.exec(text)?.[1]
  if (format !== SNAPSHOT_FORMAT) throw wrongFormat(text, format)
  if (!TRAILER.test(text.slice(-64))) {
    throw new SnapshotError(
      'SNAPSHOT_CUT_OFF',
      `the snapshot was cut off after ${text.length} characters: its trailer "end":"${SNAPSHOT_FORMAT}" is missing. Take it again.`,
    )
  }
  const snapshot = readJson(text)
  validate(snapshot)
  return snapshot
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
    for (const [index, node] of vm.nodes.entries()) {
      const parentKnown = Number.isInteger(node.p) && node.p >= -1 && node.p < index
      if (!parentKnown || typeof node.s !== 'string') {
        throw invalid(`node ${index} of VM ${vm.label} has parent ${node.p} and step ${JSON.stringify(node.s)}`)
      }
    }
  }
}

/** Every block has one holder, and malloc's rows count the same bytes. */
function validateMalloc({ process: { rows, malloc }, vms }: Snapshot): void {
  if (!malloc) return
  const tallies: MallocTally[] = [
    ...malloc.holders.map(([, blocks, bytes]): MallocTally => [blocks, bytes]),
    ...vms.flatMap(({ nodes }) => nodes.flatMap(({ mal }) => (mal ? [mal] : []))),
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

function invalid(reason: string): SnapshotError {
  return new SnapshotError('SNAPSHOT_INVALID', `the snapshot contradicts itself: ${reason}`)
}
