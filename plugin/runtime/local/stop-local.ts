import { rm } from 'node:fs/promises'
import type { TempFolder } from '../../base/temp-folder.js'
import type { ResidentWalker } from '../../heapwalk/resident-walker.js'
import type { PreparedFolder } from './prepare-here.js'

/** Ends an nginx of this machine, as far as it came, and removes what was made for it. */
export async function stopLocal(
  walker: ResidentWalker | undefined,
  temp: TempFolder,
  prepared: PreparedFolder | undefined,
): Promise<void> {
  try {
    await walker?.quit()
  } finally {
    // nginx removes its sockets, unless it was killed
    await Promise.all((prepared?.ownSockets ?? []).map((path) => rm(path, { force: true })))
    await temp.remove()
  }
}
