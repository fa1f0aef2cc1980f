import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { load } from '../../../plugin/load/client/autocannon.js'
import type { LoadPlan } from '../../../plugin/types/load.js'
import { loadScript } from '../../load-script.js'

const PLAN: LoadPlan = { requests: [{ path: '/t' }], amount: 503, connections: 10, expectStatus: [[200, 399]] }
const CLEAN = { connect: 0, reset: 0, timeout: 0, closed: 0 }

type Handler = (request: IncomingMessage, response: ServerResponse, n: number) => void

/** A server with manners of its own; `n` counts the requests that reached the handler. */
async function serve(handler: Handler) {
  const seen = { requests: 0, paths: new Map<string, number>() }
  const server = createServer((request, response) => {
    seen.requests++
    seen.paths.set(request.url!, (seen.paths.get(request.url!) ?? 0) + 1)
    handler(request, response, seen.requests)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { seen, target: { url, origin: () => url } }
}

describe('exact delivery', () => {
  test('completes exactly the amount over kept-alive connections', async () => {
    const { seen, target } = await serve((_, response) => response.end('hello'))
    const result = await load(target, PLAN)
    expect(result).toMatchObject({ asked: 503, completed: 503, statuses: { 200: 503 }, unexpected: 0 })
    expect(result.errors).toEqual(CLEAN)
    expect(seen.requests).toBe(503)
  })

  test('loses nothing where every tenth answer closes the connection', async () => {
    const { seen, target } = await serve((_, response, n) => {
      if (n % 10 === 0) response.setHeader('Connection', 'close')
      response.end('hello')
    })
    const result = await load(target, PLAN)
    expect(result).toMatchObject({ completed: 503, statuses: { 200: 503 }, errors: CLEAN })
    expect(seen.requests).toBe(503)
  })

  test('loses nothing where every answer closes the connection', async () => {
    const { seen, target } = await serve((_, response) => response.setHeader('Connection', 'close').end('hello'))
    const result = await load(target, PLAN)
    expect(result).toMatchObject({ completed: 503, errors: CLEAN })
    expect(seen.requests).toBe(503)
  })

  test('counts a connection that ends without an answer, and sends the request again', async () => {
    const { seen, target } = await serve((request, response, n) =>
      n % 10 === 0 ? request.socket.end() : response.end('hello'),
    )
    const result = await load(target, PLAN)
    expect(result.completed).toBe(503)
    expect(result.errors).toEqual({ connect: 0, reset: 0, timeout: 0, closed: seen.requests - 503 })
    expect(result.sent).toBe(seen.requests)
  })

  test('counts a reset connection, and sends the request again', async () => {
    const { seen, target } = await serve((request, response, n) =>
      n % 10 === 0 ? request.socket.resetAndDestroy() : response.end('hello'),
    )
    const result = await load(target, PLAN)
    expect(result.completed).toBe(503)
    expect(result.errors).toEqual({ connect: 0, reset: seen.requests - 503, timeout: 0, closed: 0 })
    expect(result.firstError).toBe('reset: read ECONNRESET')
  })
})

/** A server that answers each request with the bytes it is told to; `n` counts requests. */
async function speak(answer: (socket: Socket, n: number) => void) {
  const seen = { requests: 0, connections: 0 }
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    seen.connections++
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', () => answer(socket, ++seen.requests))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { seen, sockets, target: { url, origin: () => url } }
}

const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

describe('what counts as an answer', () => {
  test('a body without a length ends with its connection', async () => {
    const { seen, target } = await speak((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nhello'))
    const result = await load(target, PLAN)
    expect(result).toMatchObject({ completed: 503, statuses: { 200: 503 }, errors: CLEAN })
    expect(result.bytesRead).toBe(503 * 'HTTP/1.0 200 OK\r\n\r\nhello'.length)
    expect(seen.requests).toBe(503)
  })

  test('an interim answer is not one', async () => {
    const { seen, target } = await speak((socket) => socket.write(HINTS + OK))
    const result = await load(target, PLAN)
    expect(result).toMatchObject({ completed: 503, statuses: { 200: 503 }, errors: CLEAN })
    expect(result.bytesRead).toBe(503 * (HINTS + OK).length)
    expect(seen).toEqual({ requests: 503, connections: 10 })
  })

  test('one in pieces is one', async () => {
    const { target } = await speak((socket) => {
      socket.setNoDelay()
      const pieces = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'.match(/.{1,7}/gs)!
      const next = () => {
        const piece = pieces.shift()
        if (piece) socket.write(piece, () => setImmediate(next))
      }
      next()
    })
    expect(await load(target, PLAN)).toMatchObject({ completed: 503, errors: CLEAN })
  })

  test('one that nobody asked for is not counted, and ends the use of its connection', async () => {
    const { seen, target } = await speak((socket, n) => socket.write(n % 100 === 0 ? OK + OK + OK : OK))
    const result = await load(target, PLAN)
    expect(result.completed).toBe(503)
    expect(result.errors).toEqual(CLEAN)
    expect(seen.requests).toBe(503)
    expect(seen.connections).toBeGreaterThan(10)
  })

  test('the beginning of one that nobody asked for spoils the next, which is lost and asked for again', async () => {
    const { seen, target } = await speak((socket, n) => socket.write(n % 100 === 0 ? `${OK}HTTP/1.` : OK))
    const result = await load(target, { ...PLAN, connections: 1 })
    expect(result).toMatchObject({ completed: 503, errors: { ...CLEAN, closed: 5 } })
    expect(seen.requests).toBe(508)
  })

  test('a body behind the answer to HEAD is no part of it, and spoils the next', async () => {
    const { target } = await speak((socket) => socket.write(OK))
    const requests = [{ method: 'HEAD', path: '/t' }]
    const result = await load(target, { ...PLAN, requests, amount: 50, connections: 1 })
    expect(result).toMatchObject({ completed: 50, errors: { ...CLEAN, closed: 49 } })
  })

  test('a script sees the whole body of one in pieces', async () => {
    const script = await loadScript(`
      const bodies = new Set()
      export const response = ({ body }) => bodies.add(body)
      export const done = (result) => (result.bodies = [...bodies])
    `)
    const { target } = await speak(async (socket) => {
      socket.setNoDelay().write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n')
      for (const letter of 'onetwosix') await new Promise((sent) => socket.write(letter, () => setImmediate(sent)))
    })
    expect(await load(target, { ...PLAN, amount: 30, script })).toMatchObject({ completed: 30, bodies: ['onetwosix'] })
  })

  test('what is not HTTP is counted as closed, and the request comes again', async () => {
    const { seen, target } = await speak((socket, n) => socket.write(n % 10 === 0 ? 'SSH-2.0-OpenSSH_9.2\r\n' : OK))
    const result = await load(target, PLAN)
    expect(result.completed).toBe(503)
    expect(result.errors).toEqual({ ...CLEAN, closed: seen.requests - 503 })
    expect(result.firstError).toBe('closed: Parse Error')
  })
})

describe('gives up', () => {
  test('where nobody listens, and says so', async () => {
    const url = await closedPort()
    const result = await load({ url, origin: () => url }, { ...PLAN, connections: 2 })
    expect(result).toMatchObject({ asked: 503, completed: 0, sent: 0, errors: { ...CLEAN, connect: 20 } })
    expect(result.gaveUp).toMatch(/^20 tries in a row got no answer, the first by connect: connect ECONNREFUSED/)
  })

  test('where every connection ends without an answer', async () => {
    const { target } = await speak((socket) => socket.end())
    const result = await load(target, { ...PLAN, connections: 2 })
    expect(result).toMatchObject({ completed: 0, errors: { ...CLEAN, closed: 20 } })
    expect(result.gaveUp).toBe('20 tries in a row got no answer, the first by closed')
  })

  test('where no request is answered in time', async () => {
    const { target } = await speak(() => {})
    // Four in a row take two time-outs. Where a third passes before they are over, as on a busy machine, the time spent on waiting is told instead.
    const result = await load(target, { ...PLAN, connections: 2, timeoutS: 0.5 })
    expect(result.completed).toBe(0)
    expect(result.gaveUp).toMatch(
      /^4 requests in a row timed out, the first by timeout: GET \/t got no whole answer within 0\.5 s$/,
    )
  })

  test('where each connection answers once and is then silent', async () => {
    const answered = new Set<Socket>()
    const { target } = await speak((socket) => {
      if (!answered.has(socket)) socket.write(OK)
      answered.add(socket)
    })
    const result = await load(target, { ...PLAN, connections: 2, timeoutS: 0.1 })
    expect(result.completed).toBeGreaterThan(0)
    expect(result.completed).toBeLessThan(20)
    expect(result.gaveUp).toMatch(
      /^\d+ tries got no answer, and most of the time went into waiting for them, the first by timeout: GET \/t got no whole answer within 0\.1 s$/,
    )
  })

  test('where each connection answers some requests and is then silent', async () => {
    const answered = new Map<Socket, number>()
    const { target } = await speak((socket) => {
      const n = (answered.get(socket) ?? 0) + 1
      answered.set(socket, n)
      if (n % 4 !== 0) socket.write(OK)
    })
    const result = await load(target, { ...PLAN, connections: 2, timeoutS: 0.1 })
    expect(result.completed).toBeLessThan(60)
    expect(result.gaveUp).toMatch(/most of the time went into waiting/)
  })

  test('not where few requests are never answered', async () => {
    const { target } = await speak((socket, n) => {
      if (n % 100 !== 0) socket.write(OK)
    })
    // A busy machine may say nothing for some tenths of a second, and that is no silence of three time-outs.
    const result = await load(target, { ...PLAN, connections: 2, timeoutS: 0.5 })
    expect(result).toMatchObject({ completed: 503, errors: { ...CLEAN, timeout: 5 } })
    expect(result.gaveUp).toBeUndefined()
  })

  test('where more is lost than answered, though never many in a row', async () => {
    const { target } = await speak((socket, n) => (n % 5 === 0 ? socket.write(OK) : socket.end()))
    const result = await load(target, PLAN)
    expect(result.completed).toBeLessThan(503)
    expect(result.gaveUp).toMatch(/^2007 tries got no answer/)
  })
})

test('an abort ends the load at once, with its reason and without a connection left', async () => {
  const stop = new AbortController()
  const { sockets, target } = await speak((socket, n) => {
    if (n < 100) socket.write(OK)
    if (n === 100) stop.abort(new Error('enough'))
  })
  await expect(load(target, PLAN, { signal: stop.signal })).rejects.toThrow('enough')
  await expect.poll(() => sockets.size).toBe(0)
})

test('a plan that makes no sense is refused before anything is sent', async () => {
  const { seen, target } = await speak((socket) => socket.write(OK))
  await expect(load(target, { ...PLAN, connections: 504 })).rejects.toMatchObject({ code: 'LOAD_BAD_PLAN' })
  await expect(load(target, { ...PLAN, requests: [{ path: 't' }] })).rejects.toMatchObject({ code: 'LOAD_BAD_REQUEST' })
  await expect(load(target, { ...PLAN, script: '/no/such.mjs' })).rejects.toMatchObject({ code: 'LOAD_SCRIPT' })
  expect(seen.connections).toBe(0)
})

async function closedPort(): Promise<string> {
  const server = createTcpServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  server.close()
  await once(server, 'close')
  return url
}
