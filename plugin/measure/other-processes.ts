import { WalkerError } from '../heapwalk/walker-error.js'
import type { Moment } from '../types/moment.js'
import type { OtherProcess, Runtime } from '../types/runtime.js'
import type { Snapshot } from '../types/snapshot.js'

/** Processes beside the workers that run Lua, such as the privileged agent. What cannot be read is named in a note. */
export class OtherProcesses {
  readonly #runtime: Runtime
  readonly #notes: string[] = []
  #processes: readonly OtherProcess[] = []

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  get processes(): readonly OtherProcess[] {
    return this.#processes
  }

  /** Sentences. */
  get notes(): readonly string[] {
    return this.#notes
  }

  async find(): Promise<void> {
    const found: OtherProcess[] = []
    for (const process of await this.#runtime.others()) {
      try {
        await this.#runtime.snapshot(process.pid)
        found.push(process)
      } catch (error) {
        if (!(error instanceof WalkerError)) throw error
        if (error.code !== 'WALKER_UNKNOWN_BUILD')
          this.#notes.push(`${nameOf(process)} was not measured: ${error.message}`)
      }
    }
    this.#processes = found
  }

  /**
   * One of each process. One that ended, or cannot be read any more, has no series: it is left out from now on.
   * @param moments what was seen before; the process is left out there, too
   */
  async snapshots(moments: Moment[]): Promise<Snapshot[]> {
    const taken: Snapshot[] = []
    for (const process of this.#processes) {
      try {
        taken.push(await this.#runtime.snapshot(process.pid))
      } catch (error) {
        if (!(error instanceof WalkerError)) throw error
        this.#notes.push(`${nameOf(process)} was not measured to the end: ${error.message}`)
        const place = this.#processes.indexOf(process)
        this.#processes = this.#processes.toSpliced(place, 1)
        for (const [index, moment] of moments.entries()) {
          moments[index] = { ...moment, others: moment.others.toSpliced(place, 1) }
        }
      }
    }
    return taken
  }
}

function nameOf({ pid, title }: OtherProcess): string {
  return `${title} (${pid})`
}
