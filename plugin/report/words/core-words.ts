import { size } from '../../base/number.js'
import type { Snapshot } from '../../types/snapshot.js'

/** Where a snapshot was read, in words that follow `worker 1234`. */
export function ofWhat({ core }: Snapshot): string {
  return core ? ', of its core file' : ''
}

/** What a snapshot's sum of memory is called: of a core, only pages that are not all zeros count. */
export function memoryName({ core }: Snapshot): string {
  return core ? 'in the core that is not zeros' : 'resident (RSS)'
}

/** The same as the object of a sentence. */
export function memoryOwner({ core }: Snapshot): string {
  return core ? 'what the core has of the process' : "the worker's resident memory"
}

/** What a core file lacks, and what that means; nothing for a live process. */
export function coreLacks({ core }: Snapshot): string[] {
  if (!core) return []
  const { files, shared } = core.lacks
  return [
    ...(files > 0
      ? [
          `The core lacks ${size(files)} of mapped files: code is not counted, and is read from the files where they are still the same.`,
        ]
      : []),
    ...(shared > 0
      ? [
          `The core lacks ${size(shared)} of shared memory: what is in those zones is not known (bit 1 of coredump_filter).`,
        ]
      : []),
  ]
}
