import { once } from 'node:events'
import { createServer } from 'node:net'

const HERE = '127.0.0.1'

/** Where the ports of an engine's containers are published and reached. */
export interface EngineHost {
  /** `127.0.0.1`, or the machine that the engine is on. */
  readonly host: string
  /**
   * The addresses of that machine that they are published on: no other than its loopback where that is ours, else all, which is said with
   * no address: of 0.0.0.0 podman's netavark makes a rule for packets to that very address.
   */
  readonly bind: '127.0.0.1' | ''
}

/**
 * @param host where the engine is reached: a name or an address. Testcontainers names a bridge in what looks like a container to it; that
 * is elsewhere where it is the bridge of another machine.
 */
export async function engineHost(host: string): Promise<EngineHost> {
  return (await isOwn(host)) ? { host: HERE, bind: HERE } : { host, bind: '' }
}

/** Whether this machine has the address: then it may listen there. Asked so, since Node lists no address of a bridge without containers. */
async function isOwn(host: string): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(0, host), 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}

/** What has to be said of an engine that is elsewhere: whoever reaches it reaches the server under test. */
export function elsewhereNotice(host: string): string[] {
  if (host === HERE) return []
  return [
    `the container engine is on ${host}: the conf's ports are published there on all addresses for as long as nginx runs`,
  ]
}
