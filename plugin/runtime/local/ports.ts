import { createServer, type Server } from 'node:net'

const LOOPBACK = '127.0.0.1'
/** Below it ports need a privilege. */
const FIRST_FREE_PORT = 1024

export interface PortChoice {
  /** Port to use for each port of the conf that cannot be kept. */
  readonly ports: ReadonlyMap<number, number>
  /** Why it cannot. */
  readonly reasons: ReadonlyMap<number, string>
}

function bind(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => resolve(server))
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

function boundPort(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

/** Keeps each port that is 1024 or above and free on 127.0.0.1; finds another for the rest. Every port is held until all are chosen. */
export async function choosePorts(confPorts: readonly number[]): Promise<PortChoice> {
  const ports = new Map<number, number>()
  const reasons = new Map<number, string>()
  const held: Server[] = []
  const move = new Set<number>()
  try {
    for (const port of confPorts) {
      if (port < FIRST_FREE_PORT) {
        reasons.set(port, 'ports below 1024 need a privilege')
        move.add(port)
        continue
      }
      try {
        held.push(await bind(port))
      } catch (error) {
        reasons.set(port, `${port} is in use (${(error as NodeJS.ErrnoException).code})`)
        move.add(port)
      }
    }
    for (const port of move) {
      const server = await bind(0)
      held.push(server)
      ports.set(port, boundPort(server))
    }
  } finally {
    await Promise.all(held.map(close))
  }
  return { ports, reasons }
}
