import type { EngineContainer } from '../types/container-engine.js'
import { Heapwalk } from './heapwalk.js'
import { isServing, mayHaveLua, type NginxProcess } from './nginx-process.js'

/** The master is the container's first process. */
const MASTER_PID = 1
const ROOT = 0

/** nginx as the first process of a container of ours, with heapwalk beside it. */
export class ContainerNginx {
  readonly heapwalk: Heapwalk

  /** @param heapwalk its path in the container */
  constructor(container: EngineContainer, heapwalk: string) {
    this.heapwalk = new Heapwalk((args, uid = ROOT) => container.exec([heapwalk, ...args], uid))
  }

  /** The workers that are not shutting down. Throws a WalkerError. */
  async workers(): Promise<readonly NginxProcess[]> {
    return (await this.heapwalk.processes(MASTER_PID)).filter(isServing)
  }

  /** What else the master started that may have Lua; the shell that holds the container has none. Throws a WalkerError. */
  async others(): Promise<readonly NginxProcess[]> {
    const all = await this.heapwalk.processes(MASTER_PID)
    return all.filter((each) => mayHaveLua(each) && each.ppid === MASTER_PID)
  }
}
