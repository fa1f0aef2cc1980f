import { count, size } from '../../base/number.js'
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

/** What a core file lacks, and what that means; nothing for a live process. Paths are not escaped. */
export function coreLacks(snapshot: Snapshot): string[] {
  const { files, shared } = snapshot.core?.lacks ?? { files: 0, shared: 0 }
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
    ...filesMissing(snapshot),
  ]
}

/** Which files a core's names would come from, and are not here; nothing where none is missing. Paths are not escaped. */
export function filesMissing({ core }: Snapshot): string[] {
  const missing = core?.missing ?? []
  if (missing.length === 0) return []
  return [
    `Programs and libraries that are not on this machine, or are other ones here: ${filesText(missing)}. What they name is not known: shared zones, which VM is whose, C functions, parts of nginx that hold malloc. Give the root folder of the core's machine or container with --sysroot DIR (/proc/PID/root of one that runs).`,
  ]
}

/** Missing files beyond these are counted. */
const SHOWN = 2

function filesText(files: readonly string[]): string {
  const more = files.length - SHOWN
  return `${files.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${count(more)} more` : ''}`
}
