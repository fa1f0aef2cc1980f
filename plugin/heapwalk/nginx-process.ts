import { WalkerError } from './walker-error.js'

/** One nginx process, as `heapwalk ps` lists it (nginx/walker/FORMAT.md). */
export interface NginxProcess {
  readonly pid: number
  readonly ppid: number
  readonly uid: number
  readonly role: 'master' | 'worker' | 'agent' | 'other'
  readonly exiting: boolean
  /** Whether the kernel lets it sleep until something comes for it. */
  readonly waiting: boolean
  /** Whether it runs the file that its parent runs; null where the kernel does not show it. */
  readonly sameProgram: boolean | null
  /** When it started, in clock ticks since the machine booted: with the pid it names one process for good. */
  readonly startTicks: number
  readonly title: string
}

/**
 * Titles of a master's children that are not looked at beside the serving workers. Workers, also those that are shutting down, are
 * nginx's own; cache processes have a copy of the master's Lua, but never run it; a child has the master's title until it says what it is.
 */
const WITHOUT_LUA = /^nginx: (worker process|cache (manager|loader) process|master process)/

/**
 * Whether a child of a master may run Lua of its own: the privileged agent, or a helper with any other title. A zombie has no title.
 * What went on to run another program, such as a shell that the master's Lua has started, left the Lua behind.
 */
export function mayHaveLua({ title, sameProgram }: Pick<NginxProcess, 'title' | 'sameProgram'>): boolean {
  return title !== '' && sameProgram !== false && !WITHOUT_LUA.test(title)
}

/** Whether it is a worker that is not shutting down. */
export function isServing({ role, exiting }: Pick<NginxProcess, 'role' | 'exiting'>): boolean {
  return role === 'worker' && !exiting
}

/**
 * True while an nginx master still starts children, which it does before it waits for signals, and while a child has not said yet what it is:
 * nginx sets the title once init_worker_by_lua is through.
 */
export function isStarting(master: number, listed: readonly NginxProcess[]): boolean {
  return listed.some(({ pid, ppid, role, waiting }) =>
    pid === master ? !waiting : ppid === master && role === 'master',
  )
}

/** Where an nginx's processes are listed. */
interface Listed {
  workers(): Promise<readonly NginxProcess[]>
  others(): Promise<readonly NginxProcess[]>
}

/** The worker, or the process beside them, of a pid. Throws WalkerError `WALKER_CANNOT_READ` where there is none. */
export async function processOf(nginx: Listed, pid: number): Promise<NginxProcess> {
  const workers = await nginx.workers()
  const isIt = (candidate: NginxProcess) => candidate.pid === pid
  const found = workers.find(isIt) ?? (await nginx.others()).find(isIt)
  if (found) return found
  const pids = workers.map((candidate) => candidate.pid).join(', ') || 'none'
  throw new WalkerError(
    'WALKER_CANNOT_READ',
    `cannot take a snapshot of worker ${pid}: there is no such worker. The workers are ${pids}.`,
  )
}
