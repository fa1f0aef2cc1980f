import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { stripVTControlCharacters } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import type { Runtime } from '../../../plugin/types/runtime.js'
import { OpenrestyServer } from '../../../plugin/vitest/server.js'

/** A server that answers at 10 requests a second, and all that a terminal of its own was told. */
async function aSlowServer(isTTY: boolean) {
  const server = createServer((_, response) => setTimeout(() => response.end('hello'), 100))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const written: string[] = []
  const openresty = new OpenrestyServer({ url, origin: () => url } as unknown as Runtime, {
    defaults: {},
    folder: '/',
    signal: new AbortController().signal,
    record: () => {},
    terminal: { isTTY, columns: 80, write: (text) => written.push(text) },
  })
  return { openresty, written }
}

test('a load that lasts redraws one line on a terminal, and takes it away', async () => {
  const { openresty, written } = await aSlowServer(true)
  await openresty.load({ request: '/t', amount: 25, connections: 1 })
  expect(written.at(-1)).toBe('\r\u001b[2K')
  expect(written.length).toBeGreaterThan(1)
  for (const line of written.slice(0, -1)) {
    expect(line.startsWith('\r\u001b[2K')).toBe(true)
    expect(stripVTControlCharacters(line)).toMatch(/^\r\d+ of 25 requests, \d+\/s, 0 errors$/)
  }
})

test('there is no progress for a short load, nor without a terminal', async () => {
  const short = await aSlowServer(true)
  await short.openresty.load({ request: '/t', amount: 2, connections: 1 })
  const piped = await aSlowServer(false)
  await piped.openresty.load({ request: '/t', amount: 25, connections: 1 })
  expect([...short.written, ...piped.written]).toEqual([])
})
