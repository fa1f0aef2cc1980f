import { beforeAll, describe, expect, test } from 'vitest'
import { isAtBeginning, type ResponseParser } from '../../../../plugin/load/client/client.js'
import { wholeAnswer } from '../../../../plugin/load/client/whole-answer.js'
import { randomFrom } from '../../../../plugin/load/plan/template.js'
import { end, runOne } from './autocannon-client.js'

const NGINX = 'Server: nginx\r\nDate: Sun, 29 Nov 2026 08:44:07 GMT\r\nContent-Type: text/plain\r\n'

const statusOf = (text: string) => {
  const bytes = Buffer.from(text, 'latin1')
  return wholeAnswer(bytes, bytes.length)
}

const WHOLE: readonly [string, number, string][] = [
  ['a body by its length', 200, `HTTP/1.1 200 OK\r\n${NGINX}Content-Length: 5\r\nConnection: keep-alive\r\n\r\nhello`],
  ['an empty body', 404, `HTTP/1.1 404 Not Found\r\n${NGINX}Content-Length: 0\r\n\r\n`],
  [
    'a body in chunks',
    200,
    `HTTP/1.1 200 OK\r\n${NGINX}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1A\r\n${'x'.repeat(26)}\r\n0\r\n\r\n`,
  ],
  ['no reason and names in any case', 503, 'HTTP/1.1 503\r\ncontent-length:2\r\nCONNECTION:\t Keep-Alive\r\n\r\nno'],
  ['none that 204 has', 204, `HTTP/1.1 204 No Content\r\n${NGINX}\r\n`],
  ['none that 304 has', 304, 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'],
]

const LEFT: readonly [string, string][] = [
  ['an interim answer', 'HTTP/1.1 103 Early Hints\r\nContent-Length: 0\r\n\r\n'],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
  ['a connection that closes', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok'],
  ['an upgrade', 'HTTP/1.1 200 OK\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nok'],
  ['a body that ends with the connection', 'HTTP/1.1 200 OK\r\n\r\nok'],
  ['a body that is not whole', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok'],
  ['more than one answer', 'HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n'],
  ['a head that is not whole', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok'],
  ['a length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok'],
  ['another encoding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  ['chunks with trailers', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n'],
  ['chunks with extensions', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\n\r\n'],
  ['chunks that are not whole', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n'],
  ['a header in two lines', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n 0\r\n\r\nok'],
  ['a line that ends without CR', 'HTTP/1.1 200 OK\nContent-Length: 2\r\n\r\nok'],
  ['a CR within a line', 'HTTP/1.1 200 OK\r\nA: \rb\r\nContent-Length: 2\r\n\r\nok'],
  ['a byte beyond ASCII', 'HTTP/1.1 200 OK\r\n\xc3onnection: close\r\nContent-Length: 2\r\n\r\nok'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok'],
  ['what is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['nothing', ''],
]

test.each(WHOLE)('reads an answer with %s', (_, status, text) => {
  expect(statusOf(text)).toBe(status)
})

test.each(LEFT)('leaves %s to the parser', (_, text) => {
  expect(statusOf(text)).toBeUndefined()
})

test('reads no further than to where bytes have come, whatever an earlier answer left behind', () => {
  const bytes = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  expect(wholeAnswer(bytes, bytes.length - 1)).toBeUndefined()
  expect(wholeAnswer(Buffer.concat([bytes, bytes]), bytes.length)).toBe(200)
})

describe("beside autocannon's parser", () => {
  let parser: ResponseParser

  beforeAll(async () => {
    await runOne((client) => {
      parser = client.parser
      end(client)
    })
  })

  /** What the parser says of bytes that come in one read: the statuses of whole answers, and whether it could go on with another. */
  function parsed(bytes: Buffer) {
    const { kOnHeadersComplete, kOnBody, kOnMessageComplete } = parser.constructor
    const statuses: number[] = []
    let keepsAlive = true
    let status = 0
    parser.reinitialize(parser.type)
    parser[kOnHeadersComplete] = (info: { statusCode: number; shouldKeepAlive: boolean }) => {
      status = info.statusCode
      keepsAlive &&= info.shouldKeepAlive
      return 0
    }
    parser[kOnBody] = () => {}
    parser[kOnMessageComplete] = () => void statuses.push(status)
    const read = parser.execute(bytes)
    return { statuses, goesOn: keepsAlive && !(read instanceof Error) && isAtBeginning(parser) }
  }

  test('says the same of every answer that it reads, however it was spoilt', () => {
    const random = randomFrom(1)
    const below = (count: number) => Math.floor(random() * count)
    const texts = [...WHOLE.map(([, , text]) => text), ...LEFT.map(([, text]) => text)]
    const lines = [...new Set(texts.flatMap((text) => text.split('\r\n')))]
    let read = 0
    for (let round = 0; round < 40_000; round++) {
      const given = texts[below(texts.length)]!
      let text = given
      for (let change = below(3); change >= 0; change--) {
        const at = below(text.length + 1)
        const char = String.fromCharCode(
          below(4) === 0 ? below(256) : [9, 10, 13, 32, 48, 49, 53, 58, 59, 67, 99][below(11)]!,
        )
        const kinds = [
          () => text.slice(0, at) + char + text.slice(at + 1),
          () => text.slice(0, at) + char + text.slice(at),
          () => text.slice(0, at) + text.slice(at + 1),
          () => text.slice(0, text.indexOf('\r\n') + 2) + lines[below(lines.length)] + text.slice(text.indexOf('\r\n')),
        ]
        text = kinds[below(kinds.length)]!()
      }
      const status = statusOf(text)
      if (status === undefined) continue
      read++
      expect({ text, ...parsed(Buffer.from(text, 'latin1')) }).toEqual({ text, statuses: [status], goesOn: true })
    }
    expect(read).toBeGreaterThan(1000)
  })
})
