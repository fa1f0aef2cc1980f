import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { type AutocannonClient, asAutocannonClient, clientMaker } from '../../../../plugin/load/client/client.js'

/** One client of the autocannon that is installed to its end; its connections are `connect`'s. */
export async function runOne(
  connect: (client: AutocannonClient) => void,
  setUp: (client: AutocannonClient) => void = () => {},
) {
  const makeClient = await clientMaker()
  const setupClient = (given: unknown) => {
    const client = asAutocannonClient(given)
    client._connect = () => connect(client)
    setUp(client)
  }
  await once(makeClient({ setupClient }), 'done')
}

/** Lets autocannon look after the client first, then ends it as a lane does. */
export function end(client: AutocannonClient, conn = new PassThrough()): void {
  client.conn = conn as never
  setImmediate(() => client.destroy())
}
