import { readFile } from 'node:fs/promises'
import { run } from '../../base/spawn.js'
import type { Runtime } from '../../types/runtime.js'

/**
 * Puts the workers of each server onto the same cores, the first of one beside the first of the other, and leaves one core to the client.
 * Where a worker shares a core with the client, requests come in batches, and each takes half the time on a core that it takes elsewhere; left alone,
 * the two servers stay apart for minutes, and that would pass for a difference. Does nothing where the workers cannot
 * be seen or moved, or there is one core.
 */
export async function pinWorkers(servers: readonly Pick<Runtime, 'workersHere'>[]): Promise<void> {
  const pids = await Promise.all(servers.map((server) => server.workersHere()))
  const places = pids.flatMap((workers) => (workers ?? []).map((pid, index) => ({ pid, index })))
  const cores = await coresOf(places.map(({ pid }) => pid))
  if (cores.length < 2) return
  for (const { pid, index } of places) {
    const moved = await place(pid, String(cores[1 + (index % (cores.length - 1))]))
    if (moved) continue
    // One that moved beside one that did not would be the difference that this is to prevent.
    await Promise.all(places.map((each) => place(each.pid, cores.join(','))))
    return
  }
}

async function place(pid: number, cores: string): Promise<boolean> {
  const { exitCode } = await run('taskset', ['-p', '-c', cores, String(pid)])
  return exitCode === 0
}

/** The cores that all of these processes may use. */
async function coresOf(pids: readonly number[]): Promise<number[]> {
  const each = await Promise.all(pids.map(allowedCores))
  return (each[0] ?? []).filter((core) => each.every((cores) => cores.includes(core)))
}

async function allowedCores(pid: number): Promise<number[]> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const [, list = ''] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status) ?? []
  return [...list.matchAll(/(\d+)(?:-(\d+))?/g)].flatMap(([, from, to = from]) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_, step) => Number(from) + step),
  )
}
