import { readdirSync, readFileSync } from 'node:fs'
import type { Worker } from '../types.js'

const WORKER_TITLE = 'nginx: worker process'

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // the process has just ended, or the kernel has no such file
    return ''
  }
}

function parentOf(pid: number): number {
  // the name in parentheses may hold anything; what follows the last one is fixed: state, ppid
  return Number(/\) \S (\d+) [^)]*$/.exec(read(`/proc/${pid}/stat`))?.[1])
}

/** The `worker process` children of an nginx master that are not shutting down, by pid. Cache processes and the privileged agent have other titles. */
export function workersOf(master: number): readonly Worker[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === master)
    .filter((pid) => read(`/proc/${pid}/cmdline`).replace(/[\0 ]+$/, '') === WORKER_TITLE)
    .sort((a, b) => a - b)
    .map((pid) => ({ pid }))
}
