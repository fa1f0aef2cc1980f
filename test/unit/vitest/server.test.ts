import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { stripVTControlCharacters } from 'node:util'
import { describe, type TestContext, test } from 'vitest'
import type { Runtime } from '../../../plugin/types/runtime.js'
import { OpenrestyServer } from '../../../plugin/vitest/server.js'

/** A server that answers at 10 requests a second, and all that a terminal of its own was told. */
async function aSlowServer(isTTY: boolean, onTestFinished: TestContext['onTestFinished']) {
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

// Each of these loads has to last longer than what counts as short: they wait for it together.
describe.concurrent('the progress of a load', () => {
  test('redraws one line on a terminal where it lasts, and takes it away', async ({ expect, onTestFinished }) => {
    const { openresty, written } = await aSlowServer(true, onTestFinished)
    await openresty.load({ request: '/t', amount: 25, connections: 1 })
    expect(written.at(-1)).toBe('\r\u001b[2K')
    expect(written.length).toBeGreaterThan(1)
    for (const line of written.slice(0, -1)) {
      expect(line.startsWith('\r\u001b[2K')).toBe(true)
      expect(stripVTControlCharacters(line)).toMatch(/^\r\d+ of 25 requests, \d+\/s, 0 errors$/)
    }
  })

  test('is not shown where it is short', async ({ expect, onTestFinished }) => {
    const { openresty, written } = await aSlowServer(true, onTestFinished)
    await openresty.load({ request: '/t', amount: 2, connections: 1 })
    expect(written).toEqual([])
  })

  test('is not shown without a terminal', async ({ expect, onTestFinished }) => {
    const { openresty, written } = await aSlowServer(false, onTestFinished)
    await openresty.load({ request: '/t', amount: 25, connections: 1 })
    expect(written).toEqual([])
  })
})
