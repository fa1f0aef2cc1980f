import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Runtime } from '../../types/runtime.js'

/** Longest wait for a worker that has something left to do, in ms; one with timers of its own may never rest. */
const REST_MS = 50

/**
 * Time that the workers have spent on a core so far, in microseconds, as the scheduler counts it once they rest:
 * while one runs, what it has used since the last tick is not counted yet, and that may be milliseconds.
 * Null where their processes cannot be seen: in a container of another machine, and on kernels without schedstat.
 */
export async function cpuTimeUs(runtime: Pick<Runtime, 'workersHere'>): Promise<number | null> {
  const pids = await runtime.workersHere()
  if (pids === null) return null
  let total = 0
  for (const pid of pids) {
    const text = await schedstatAtRest(pid)
    const nanoseconds = Number(text.split(' ')[0])
    if (text === '' || !(nanoseconds > 0)) return null
    total += nanoseconds / 1000
  }
  return total
}

async function schedstatAtRest(pid: number): Promise<string> {
  const limit = performance.now() + REST_MS
  while ((await stateOf(pid)) === 'R' && performance.now() < limit) await sleep(1)
  return read(`/proc/${pid}/schedstat`)
}

/** `R` where it runs or waits for a core, `S` where it waits for something to do. */
async function stateOf(pid: number): Promise<string | undefined> {
  return /\) (\S) [^)]*$/.exec(await read(`/proc/${pid}/stat`))?.[1]
}

function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
