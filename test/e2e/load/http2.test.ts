import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { constants, createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { load } from '../../../plugin/load/client/autocannon.js'
import type { LoadPlan } from '../../../plugin/types/load.js'

const PLAN: LoadPlan = {
  requests: [{ path: '/t' }],
  amount: 503,
  connections: 5,
  protocol: 'h2c',
  expectStatus: [[200, 399]],
}
const CLEAN = { connect: 0, reset: 0, timeout: 0, closed: 0 }

/** A server of HTTP/2 with manners of its own; `n` counts the requests that reached the handler. */
async function serve(handler: (stream: ServerHttp2Stream, n: number) => void) {
  const seen = { requests: 0, sessions: 0 }
  const server: Http2Server = createServer()
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session) => {
    seen.sessions++
    sessions.add(session)
    session.on('error', () => {}).on('close', () => sessions.delete(session))
  })
  server.on('stream', (stream) => {
    stream.on('error', () => {})
    handler(stream, ++seen.requests)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const session of sessions) session.destroy()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { seen, sessions, target: { url, origin: () => url } }
}

function answer(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200 })
  stream.end('hello')
}

describe('exact delivery over HTTP/2', () => {
  test('completes exactly the amount, over as many connections as asked for', async () => {
    const { seen, target } = await serve(answer)
    const result = await load(target, PLAN)
    expect(result).toMatchObject({ asked: 503, completed: 503, sent: 503, statuses: { 200: 503 }, errors: CLEAN })
    expect(result.refused).toBeUndefined()
    expect(seen).toEqual({ requests: 503, sessions: 5 })
  })

  test('has no more requests under way on a connection than asked for', async () => {
    const most = new Map<unknown, number>()
    const now = new Map<unknown, number>()
    const { target } = await serve((stream) => {
      const { session } = stream
      const count = (now.get(session) ?? 0) + 1
      now.set(session, count)
      most.set(session, Math.max(most.get(session) ?? 0, count))
      setImmediate(() => {
        now.set(session, now.get(session)! - 1)
        answer(stream)
      })
    })
    await load(target, { ...PLAN, streams: 3 })
    expect(Math.max(...most.values())).toBe(3)
  })

  test('sends again what a server refuses, which is no error', async () => {
    const { seen, target } = await serve((stream, n) =>
      n % 10 === 0 ? stream.close(constants.NGHTTP2_REFUSED_STREAM) : answer(stream),
    )
    const result = await load(target, PLAN)
    expect(result).toMatchObject({ completed: 503, errors: CLEAN, refused: seen.requests - 503, sent: seen.requests })
  })

  test('goes on over a new connection where a server says goodbye', async () => {
    const { seen, target } = await serve((stream, n) => {
      answer(stream)
      if (n % 20 === 0) stream.session!.close()
    })
    const result = await load(target, PLAN)
    expect(result).toMatchObject({ completed: 503, errors: CLEAN })
    expect(seen.sessions).toBeGreaterThan(20)
    expect(seen.requests).toBe(503)
  })

  test('counts a stream that is reset, and sends the request again', async () => {
    const { seen, target } = await serve((stream, n) =>
      n % 10 === 0 ? stream.close(constants.NGHTTP2_INTERNAL_ERROR) : answer(stream),
    )
    const result = await load(target, PLAN)
    expect(result.completed).toBe(503)
    expect(result.errors).toEqual({ ...CLEAN, reset: seen.requests - 503 })
    expect(result.firstError).toMatch(/^reset: Stream closed with error code NGHTTP2_INTERNAL_ERROR/)
  })

  test('counts an answer that is cut, and sends the request again', async () => {
    const { seen, target } = await serve((stream, n) => {
      if (n % 10 > 0) return answer(stream)
      stream.respond({ ':status': 200 })
      stream.write('cut')
      stream.close(constants.NGHTTP2_CANCEL)
    })
    const result = await load(target, PLAN)
    expect(result.completed).toBe(503)
    expect(result.errors.reset + result.errors.closed).toBe(seen.requests - 503)
  })

  test('counts what was under way on a connection that breaks, and sends it again', async () => {
    const { seen, target } = await serve((stream, n) => {
      if (n % 50 === 0) stream.session!.destroy()
      else answer(stream)
    })
    const result = await load(target, PLAN)
    expect(result.completed).toBe(503)
    expect(result.errors.reset + result.errors.closed).toBeGreaterThan(0)
    expect(seen.sessions).toBeGreaterThan(5)
  })

  test('an interim answer is not one, and what follows a body does no harm', async () => {
    const { target } = await serve((stream) => {
      stream.additionalHeaders({ ':status': 103, link: '</a>' })
      stream.respond({ ':status': 200 }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
      stream.end('hello')
    })
    expect(await load(target, PLAN)).toMatchObject({ completed: 503, statuses: { 200: 503 }, errors: CLEAN })
  })
})

describe('gives up over HTTP/2', () => {
  test('where nothing is answered in time', async () => {
    const { target } = await serve(() => {})
    const result = await load(target, { ...PLAN, connections: 2, streams: 2, timeoutS: 0.05 })
    expect(result.completed).toBe(0)
    expect(result.gaveUp).toMatch(/, the first by timeout: GET \/t got no whole answer within 0\.05 s$/)
  })

  test('where every request is refused', async () => {
    const { target } = await serve((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM))
    const result = await load(target, { ...PLAN, connections: 2, streams: 2 })
    expect(result).toMatchObject({ completed: 0, errors: CLEAN })
    expect(result.gaveUp).toBe('40 tries in a row got no answer: the server refused them (GOAWAY or REFUSED_STREAM)')
  })

  test('where a server takes connections and never speaks', async () => {
    const { url } = await tcp(() => {})
    const result = await load({ url, origin: () => url }, { ...PLAN, connections: 2, timeoutS: 0.05 })
    expect(result.completed).toBe(0)
    expect(result.errors.timeout + result.errors.connect).toBeGreaterThan(0)
    expect(result.gaveUp).toBeDefined()
  })

  test('where it is HTTP/1.1 that is spoken, and says which option is in the way', async () => {
    const server = createHttpServer((_, response) => response.end('hello'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const result = await load({ url, origin: () => url }, { ...PLAN, connections: 2 })
    expect(result.gaveUp).toMatch(/what listens there does not speak HTTP\/2 .*leave out --protocol/)
  })
})

test('HTTP/1.1 to a server that speaks HTTP/2 only says so, and the option', async () => {
  // As nginx does it: settings as soon as somebody connects, and the end of the connection after what is not HTTP/2.
  const { url } = await tcp((socket) => {
    socket.write(Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 128]))
    socket.once('data', () => socket.end())
  })
  const result = await load({ url, origin: () => url }, { ...PLAN, protocol: 'http1', connections: 2 })
  expect(result.firstError).toMatch(/^closed: what listens there speaks HTTP\/2 and not HTTP\/1\.1: .*--protocol h2c/)
})

test('an abort ends the load at once, with its reason and without a connection left', async () => {
  const stop = new AbortController()
  const { sessions, target } = await serve((stream, n) => {
    if (n < 100) answer(stream)
    if (n === 100) stop.abort(new Error('enough'))
  })
  await expect(load(target, PLAN, { signal: stop.signal })).rejects.toThrow('enough')
  await expect.poll(() => sessions.size).toBe(0)
})

test('a header about the connection is refused before anything is sent', async () => {
  const { seen, target } = await serve(answer)
  const requests = [{ path: '/t', headers: { Connection: 'close' } }]
  await expect(load(target, { ...PLAN, requests })).rejects.toMatchObject({ code: 'LOAD_BAD_REQUEST' })
  expect(seen.sessions).toBe(0)
})

async function tcp(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    onConnection(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}
