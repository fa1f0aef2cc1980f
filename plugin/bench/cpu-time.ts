import { readFile } from 'node:fs/promises'
import type { Runtime } from '../types.js'

/**
 * Time that the workers have spent on a core so far, in microseconds, as the scheduler counts it.
 * Null where their processes cannot be seen: in containers, and on kernels without schedstat.
 */
export async function cpuTimeUs(runtime: Pick<Runtime, 'kind' | 'workers'>): Promise<number | null> {
  if (runtime.kind !== 'local') return null
  let total = 0
  for (const { pid } of await runtime.workers()) {
    const text = await readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => '')
    const nanoseconds = Number(text.split(' ')[0])
    if (text === '' || !(nanoseconds > 0)) return null
    total += nanoseconds / 1000
  }
  return total
}
