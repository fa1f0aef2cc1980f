import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { load } from '../../plugin/load/autocannon.js'
import type { LoadPlan } from '../../plugin/types.js'

const PLAN: LoadPlan = { requests: [{ path: '/t' }], amount: 1003, connections: 10, expectStatus: [[200, 399]] }

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
    expect(result).toMatchObject({ asked: 1003, completed: 1003, statuses: { 200: 1003 }, unexpected: 0 })
    expect(result.errors).toEqual({ connect: 0, reset: 0, timeout: 0, closed: 0 })
    expect(seen.requests).toBe(1003)
  })

  test('loses nothing where every tenth answer closes the connection', async () => {
    const { seen, target } = await serve((_, response, n) => {
      if (n % 10 === 0) response.setHeader('Connection', 'close')
      response.end('hello')
    })
    const result = await load(target, PLAN)
    expect(result).toMatchObject({ completed: 1003, statuses: { 200: 1003 } })
    expect(seen.requests).toBe(1003)
  })

  test('loses nothing where every answer closes the connection', async () => {
    const { seen, target } = await serve((_, response) => response.setHeader('Connection', 'close').end('hello'))
    const result = await load(target, PLAN)
    expect(result.completed).toBe(1003)
    expect(seen.requests).toBe(1003)
  })

  test('counts a connection that ends without an answer, and sends the request again', async () => {
    const { seen, target } = await serve((request, response, n) =>
      n % 10 === 0 ? request.socket.end() : response.end('hello'),
    )
    const result = await load(target, PLAN)
    expect(result.completed).toBe(1003)
    expect(result.errors).toEqual({ connect: 0, reset: 0, timeout: 0, closed: seen.requests - 1003 })
    expect(result.sent).toBe(seen.requests)
  })

  test('counts a reset connection, and sends the request again', async () => {
    const { seen, target } = await serve((request, response, n) =>
      n % 10 === 0 ? request.socket.resetAndDestroy() : response.end('hello'),
    )
    const result = await load(target, PLAN)
    expect(result.completed).toBe(1003)
    expect(result.errors).toEqual({ connect: 0, reset: seen.requests - 1003, timeout: 0, closed: 0 })
    expect(result.firstError).toBe('reset: read ECONNRESET')
  })
})
