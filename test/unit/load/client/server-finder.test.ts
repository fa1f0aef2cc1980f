import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { ServerFinder } from '../../../../plugin/load/client/server-finder.js'
import type { Place } from '../../../../plugin/types/place.js'

test('twelve servers that do not serve a request are told one by one, the others counted', async () => {
  await using answering = await answer404()
  const places = Array.from({ length: 15 }, (_, index): Place => {
    const port = 8001 + index
    const address = { kind: 'tcp', host: '127.0.0.1', port: answering.port } as const
    const servers = [{ names: [], at: `app.conf:${index + 1}` }]
    return {
      protocol: 'http',
      name: `port ${port}`,
      port,
      socket: null,
      address,
      tls: false,
      http2: 'no',
      proxyProtocol: false,
      servers,
    }
  })
  const url = `http://127.0.0.1:${answering.port}`
  const finder = new ServerFinder({ url, origin: () => url, places })
  await finder.place([{ path: '/nowhere' }], { expectStatus: [[200, 399]], timeoutS: 5 })
  const [note] = finder.notes
  expect(note).toMatch(/^no server of the conf serves \/nowhere: port 8001 \(app\.conf:1\) answers 404, /)
  expect(note!.match(/answers 404/g)).toHaveLength(12)
  expect(note).toMatch(/port 8012 \(app\.conf:12\) answers 404 and 3 more$/)
})

/** A server of this process that has nothing. */
async function answer404() {
  const server = createServer((_, response) => response.writeHead(404).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}
