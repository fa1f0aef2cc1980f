import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mayHaveLua } from '../../heapwalk/nginx-process.js'
import type { OtherProcess, Worker } from '../../types/runtime.js'

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

function titleOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replace(/[\0 ]+$/, '')
}

/** The file that a process runs; null where the kernel does not show it to this user. */
function programOf(pid: number): string | null {
  try {
    const { dev, ino } = statSync(`/proc/${pid}/exe`)
    return `${dev} ${ino}`
  } catch {
    return null
  }
}

function runsProgramOf(master: number, pid: number): boolean | null {
  const [own, masters] = [programOf(pid), programOf(master)]
  return own === null || masters === null ? null : own === masters
}

function childrenOf(master: number): readonly number[] {
  return [...(listedChildren(master) ?? searchedChildren(master))].sort((a, b) => a - b)
}

/**
 * As the kernel lists them for each thread; undefined where it was built without that list.
 * A child that ends while the list is read can hide its neighbour, so it is read until it says the same twice.
 */
function listedChildren(master: number): readonly number[] | undefined {
  if (!existsSync(`/proc/${process.pid}/task/${process.pid}/children`)) return undefined
  const tasks = `/proc/${master}/task`
  const readAll = () =>
    entriesOf(tasks)
      .map((task) => read(`${tasks}/${task}/children`))
      .join('')
  for (let list = readAll(), again = readAll(); ; list = again, again = readAll()) {
    if (list === again) return list.split(' ').filter(Boolean).map(Number)
  }
}

function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    // the process has just ended
    return []
  }
}

/** Among all processes, by their parent. */
function searchedChildren(master: number): readonly number[] {
  return entriesOf('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === master)
}

/**
 * The `worker process` children of an nginx master that are not shutting down, by pid. Cache processes and the
 * privileged agent have other titles.
 */
export function workersOf(master: number): readonly Worker[] {
  return childrenOf(master)
    .filter((pid) => titleOf(pid) === WORKER_TITLE)
    .map((pid) => ({ pid }))
}

/** The other children of an nginx master that may have Lua, by pid. */
export function othersOf(master: number): readonly OtherProcess[] {
  return childrenOf(master)
    .map((pid) => ({ pid, title: titleOf(pid) }))
    .filter(({ pid, title }) => mayHaveLua({ title, sameProgram: runsProgramOf(master, pid) }))
}

/**
 * True while an nginx master still starts children, which it does before it waits for signals, and while a child has not said yet what it is:
 * nginx sets the title once init_worker_by_lua is through.
 */
export function isStarting(master: number): boolean {
  const title = titleOf(master)
  return !isWaiting(master) || childrenOf(master).some((pid) => titleOf(pid) === title)
}

/** Whether the kernel lets a process sleep until something comes for it. */
function isWaiting(pid: number): boolean {
  return /\) S \d+ [^)]*$/.test(read(`/proc/${pid}/stat`))
}
