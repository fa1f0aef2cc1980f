import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { LoadInput } from '../../../plugin/load/plan/input.js'
import { OpenrestyFixture } from '../../../plugin/vitest/fixture.js'
import type { OpenrestyServer } from '../../../plugin/vitest/server.js'
import { masterOf } from '../resty-leak.js'

/** A server as a test has it, over the conf whose handlers count. */
async function start(): Promise<{ fixture: OpenrestyFixture; server: OpenrestyServer }> {
  const fixture = new OpenrestyFixture({
    testFile: fileURLToPath(import.meta.url),
    testName: 'load options',
    defaults: {},
    signal: new AbortController().signal,
    record: () => {},
  })
  onTestFinished(() => fixture[Symbol.asyncDispose]())
  return { fixture, server: await fixture.start({ conf: 'nginx.conf', runtime: 'local' }) }
}

/** What the handlers counted since the last call. */
async function counts(server: OpenrestyServer): Promise<Record<string, number>> {
  const text = await (await server.fetch('/counts')).text()
  return Object.fromEntries([...text.matchAll(/^(.*)=(\d+)$/gm)].map(([, key, count]) => [key, Number(count)]))
}

test('a load as users write it: each option reaches nginx', async () => {
  const { server } = await start()
  const load = async (input: LoadInput) => ({ result: await server.load(input), seen: await counts(server) })

  const spread = await load({ requests: ['/seen', '/seen?key=q'], method: 'POST', body: 'shared', amount: 20 })
  expect(spread.seen).toMatchObject({ 'seen shared': 10, 'seen q': 10 })
  const headed = await load({ request: '/seen', headers: { 'X-Key': 'h{n}' }, amount: 2, firstNumber: 7 })
  expect(headed.seen).toMatchObject({ 'seen h7': 1, 'seen h8': 1 })
  const unique = await load({ request: '/seen?key={uuid}', amount: 50 })
  expect(Object.keys(unique.seen).filter((key) => /^seen [0-9a-f-]{36}$/.test(key))).toHaveLength(50)
  const expected = await load({ request: '/fail-tenth', amount: 100, expectStatus: '200,503' })
  expect(expected.result).toMatchObject({ unexpected: 0, statuses: { 200: 90, 503: 10 } })
  const impatient = await load({ request: '/slow-hundredth', amount: 200, timeout: '500ms' })
  expect(impatient.result.errors.timeout).toBe(impatient.seen.slow)
  const paced = await load({ request: '/t', duration: '0.4s', rate: 100 })
  expect(paced.result.asked).toBe(40)
  const threaded = await load({ request: '/seen?key={n}', amount: 60, connections: 4, threads: 2 })
  expect(Object.keys(threaded.seen).filter((key) => key.startsWith('seen '))).toHaveLength(60)
})

test('plain virtual hosts answer by the host of a URL', async () => {
  const { server } = await start()
  const requests = ['http://one.test:8080/host', 'http://two.test:8080/host']
  await server.load({ requests, amount: 20 })
  expect(await counts(server)).toMatchObject({ 'host one.test': 10, 'host two.test': 10 })
})

const isThere = (pid: number) => existsSync(`/proc/${pid}`)

test('a script that throws ends the test with its stack, and the server with the test', async () => {
  const { fixture, server } = await start()
  const folder = await mkdtemp(join(tmpdir(), 'load-script-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const script = join(folder, 'script.mjs')
  await writeFile(script, "export const response = () => { throw new Error('boom') }\n")
  await expect(server.load({ request: '/t', amount: 1000, script })).rejects.toThrow(/boom[\s\S]*script\.mjs:1/)
  const [worker] = await server.runtime.workers()
  const pids = [worker!.pid, await masterOf(worker!.pid)]
  expect(pids.filter(isThere)).toEqual(pids)
  await fixture[Symbol.asyncDispose]()
  // Not asked by its port, which another test's server may have by now: that one would count the request.
  expect(pids.filter(isThere)).toEqual([])
})

test.each<[LoadInput, RegExp]>([
  [{ request: '/t', conections: 5 } as LoadInput, /no option 'conections'; did you mean connections\?/],
  [{ request: '/t', connections: 11, amount: 10 }, /11 connections are more than 10 requests/],
  [{ request: '/t', duration: 'soon' }, /soon/],
])('refuses %j before a request is sent', async (input, message) => {
  const { server } = await start()
  await expect(server.load(input)).rejects.toThrow(message)
  expect(await counts(server)).toEqual({})
})
