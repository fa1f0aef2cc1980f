import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { type AutocannonClient, asAutocannonClient, isAtBeginning } from '../../../../plugin/load/client/client.js'
import { end, runOne } from './autocannon-client.js'

describe('what is used of autocannon that it does not promise', () => {
  test('a client connects by _connect, once, after setupClient; nothing else opens a connection', async () => {
    const order: string[] = []
    await runOne(
      (client) => {
        client.timeoutTicker.clear()
        order.push('_connect')
        end(client)
      },
      () => order.push('setupClient'),
    )
    expect(order).toEqual(['setupClient', '_connect'])
  })

  test('destroy closes conn, and the run ends with it', async () => {
    const conn = new PassThrough()
    await runOne((client) => {
      end(client, conn)
    })
    expect(conn.destroyed).toBe(true)
  })

  test('the parser tells an answer by the hooks that its class names, and starts anew by reinitialize', async () => {
    const seen: unknown[] = []
    await runOne((client) => {
      const { parser } = client
      const { kOnHeadersComplete, kOnBody, kOnMessageComplete } = parser.constructor
      parser[kOnHeadersComplete] = ({ statusCode, shouldKeepAlive, versionMinor, headers }: never) =>
        void seen.push([statusCode, shouldKeepAlive, versionMinor, headers])
      parser[kOnBody] = (chunk: Buffer, start: number, length: number) =>
        void seen.push(chunk.subarray(start, start + length).toString())
      parser[kOnMessageComplete] = () => void seen.push('whole')
      parser.execute(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut'))
      parser.reinitialize(parser.type)
      parser.execute(Buffer.from('HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n'))
      end(client)
    })
    expect(seen).toEqual([[200, true, 1, ['Content-Length', '9']], 'cut', [204, true, 1, ['X-A', '1']], 'whole'])
  })

  test('the parser stands at the beginning of an answer before it, behind it and after reinitialize, and nowhere else', async () => {
    const seen: [string, boolean][] = []
    await runOne((client) => {
      const { parser } = client
      parser[parser.constructor.kOnHeadersComplete] = () => 0
      parser[parser.constructor.kOnMessageComplete] = () => {}
      for (const part of ['', 'HTTP', '/1.1 200 OK\r\n', 'Content-Length: 2\r\n\r\n', 'ok', 'H']) {
        parser.execute(Buffer.from(part))
        seen.push([part, isAtBeginning(parser)])
      }
      parser.reinitialize(parser.type)
      seen.push(['reinitialize', isAtBeginning(parser)])
      end(client)
    })
    expect(seen.filter(([, isThere]) => isThere).map(([part]) => part)).toEqual(['', 'ok', 'reinitialize'])
  })
})

test.each([
  ['_connect', { _connect: undefined }],
  ['parser', { parser: {} }],
])('refuses a client that has no %s such as is known, before anything is sent', async (part, change) => {
  const clients: AutocannonClient[] = []
  await runOne((client) => {
    end(client)
    clients.push(client)
  })
  const known = clients[0]!
  const { _connect, destroy, parser } = known
  const other = { _connect, destroy, parser, ...change }
  expect(() => asAutocannonClient(other)).toThrow(
    expect.objectContaining({
      code: 'LOAD_DRIVER',
      message: expect.stringContaining(`has no ${part} such as is known`),
    }),
  )
})
