import { RuntimeError } from '../base/runtime-error.js'
import { type Exec, Heapwalk } from './heapwalk.js'
import { isServing, mayHaveLua, type NginxProcess } from './nginx-process.js'
import { WalkerError } from './walker-error.js'

/** An nginx that somebody else started: a master, or any process below one, by pid; or a container by id or name. */
export type LiveTarget = { readonly pid: number } | { readonly container: string }

/** heapwalk where the target's processes can be seen. Disposing it removes what it put there. */
export interface LivePlace extends AsyncDisposable {
  /** For people: `process 1234`, `container kong`. */
  readonly description: string
  readonly exec: Exec
}

/** The workers of a live target, and what can be read of them. */
export class LiveNginx implements AsyncDisposable {
  readonly description: string
  readonly heapwalk: Heapwalk
  readonly #place: LivePlace
  readonly #pid: number | undefined

  /** @param pid the master whose workers are meant, or the one process below it; default: all masters there */
  constructor(place: LivePlace, pid?: number) {
    this.#place = place
    this.#pid = pid
    this.description = place.description
    this.heapwalk = new Heapwalk(place.exec)
  }

  /**
   * The workers that are not shutting down; or, where a single process was named, that one.
   * @throws WalkerError for a pid that is gone or is no nginx; RuntimeError `RUNTIME_STOPPED` where nginx has none
   */
  async workers(): Promise<readonly NginxProcess[]> {
    const all = await this.heapwalk.processes()
    if (this.#pid === undefined) return refuseNone(all.filter(isServing), `nginx in ${this.description} has no worker`)
    const own = all.find(({ pid }) => pid === this.#pid)
    if (own?.role === 'master') {
      const children = all.filter((each) => isServing(each) && each.ppid === own.pid)
      return refuseNone(children, `nginx master ${own.pid} has no worker`)
    }
    if (own) return [own]
    // Not among them: heapwalk knows why, and says it.
    await this.heapwalk.assertReadable(this.#pid)
    throw new WalkerError('WALKER_CANNOT_READ', `process ${this.#pid} is neither a master of nginx nor below one.`)
  }

  /** What else the masters have started that may have Lua; none where a single process was named. Throws WalkerError. */
  async others(): Promise<readonly NginxProcess[]> {
    const all = await this.heapwalk.processes()
    const masters = all.filter(({ role, pid }) => role === 'master' && (this.#pid === undefined || pid === this.#pid))
    return all.filter((each) => mayHaveLua(each) && masters.some(({ pid }) => pid === each.ppid))
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#place[Symbol.asyncDispose]()
  }
}

function refuseNone(workers: readonly NginxProcess[], what: string): readonly NginxProcess[] {
  if (workers.length > 0) return workers
  throw new RuntimeError('RUNTIME_STOPPED', `${what} that is not shutting down.`)
}
