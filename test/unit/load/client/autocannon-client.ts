import { PassThrough } from 'node:stream'
import autocannon from 'autocannon'
import { type AutocannonClient, asAutocannonClient } from '../../../../plugin/load/client/client.js'

/** One run of the autocannon that is installed, over one client whose connections are `connect`'s. */
export async function runOne(
  connect: (client: AutocannonClient) => void,
  setUp: (client: AutocannonClient) => void = () => {},
) {
  await autocannon({
    url: 'http://localhost',
    connections: 1,
    amount: 1,
    sampleInt: 10,
    setupClient: (given) => {
      const client = asAutocannonClient(given)
      client._connect = () => connect(client)
      setUp(client)
    },
  })
}

/** Lets autocannon look after the client first, then ends it as a lane does. */
export function end(client: AutocannonClient, conn = new PassThrough()): void {
  client.conn = conn as never
  setImmediate(() => client.destroy())
}
