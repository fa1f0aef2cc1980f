import type { LogComplaints } from '../types/log.js'
import type { Runtime } from '../types/runtime.js'
import { Fault } from './fault.js'
import { initWorkerFault, logNote, withLogQuote } from './log-judge.js'

/** What nginx's error log complained of in the course of a run. */
export class RunLog {
  readonly #runtime: Pick<Runtime, 'complaints' | 'adviceOn'>
  #start: LogComplaints = []
  #before: LogComplaints = []
  #now: LogComplaints = []

  constructor(runtime: Pick<Runtime, 'complaints' | 'adviceOn'>) {
    this.#runtime = runtime
  }

  /** Before the step that is being taken. */
  get before(): LogComplaints {
    return this.#before
  }

  /** When it was last read. */
  get now(): LogComplaints {
    return this.#now
  }

  /** What has to be said of it at the end, in a sentence. */
  get note(): string | undefined {
    return logNote(this.#start, this.#now)
  }

  /** Before the first request: what is there already came with the start. */
  async begin(): Promise<void> {
    await this.read()
    this.#start = this.#now
    this.#before = []
  }

  /** A step begins. */
  beginStep(): void {
    this.#before = this.#now
  }

  async read(): Promise<void> {
    this.#now = (await this.#runtime.complaints()) ?? []
  }

  /**
   * A server whose init_worker_by_lua failed is not the one that the conf means.
   * @throws Fault
   */
  checkInitWorker(): void {
    const fault = initWorkerFault(this.#before, this.#now)
    if (fault) throw new Fault([fault, this.#runtime.adviceOn?.(fault) ?? []].flat().join('\n'))
  }

  /** A fault, with what the log says to it: that the client cannot know. */
  async explain(fault: string): Promise<string> {
    await this.read()
    return withLogQuote(fault, this.#before, this.#now)
  }
}
