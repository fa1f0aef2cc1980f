import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { load } from '../../../plugin/load/client/autocannon.js'
import { bootRuntime } from '../../../plugin/runtime/boot.js'
import type { LoadPlan, LoadResult } from '../../../plugin/types/load.js'
import type { Runtime } from '../../../plugin/types/runtime.js'
import { loadScript } from '../../load-script.js'

const PLAN = { amount: 2003, connections: 10, expectStatus: [[200, 399]] } as const satisfies Partial<LoadPlan>
const CLEAN = { connect: 0, reset: 0, timeout: 0, closed: 0 }

let runtime: Runtime

beforeAll(async () => {
  const conf = fileURLToPath(new URL('nginx.conf', import.meta.url))
  runtime = await bootRuntime({ conf, runtime: 'local' })
})
afterAll(() => runtime?.[Symbol.asyncDispose]())
beforeEach(() => counts())

/** What the handlers counted since the last call. */
async function counts(): Promise<Record<string, number>> {
  const text = await (await fetch(`${runtime.url}/counts`)).text()
  return Object.fromEntries([...text.matchAll(/^(.*)=(\d+)$/gm)].map(([, key, count]) => [key, Number(count)]))
}

function run(path: string, plan: Partial<LoadPlan> = {}): Promise<LoadResult> {
  return load(runtime, { ...PLAN, requests: [{ path }], ...plan })
}

describe('completes as many requests as the handler answered', () => {
  test.each(['/t', '/close', '/close-tenth', '/close-hundredth'])('%s', async (path) => {
    const result = await run(path)
    expect(result).toMatchObject({ asked: 2003, completed: 2003, sent: 2003, errors: CLEAN, unexpected: 0 })
    expect(await counts()).toMatchObject({ answered: 2003 })
  })

  test.each(['/abort-tenth', '/cut-tenth'])('%s, and counts what got no whole answer', async (path) => {
    const result = await run(path)
    const { answered, arrived } = await counts()
    expect(result.completed).toBe(2003)
    expect(answered).toBe(2003)
    expect(result.errors).toEqual({ ...CLEAN, closed: arrived! - 2003 })
    expect(result.sent).toBe(arrived)
  })

  test('/slow-hundredth, and counts the time-outs', async () => {
    const result = await run('/slow-hundredth', { timeoutS: 0.5 })
    const { answered, slow } = await counts()
    expect(result.completed).toBe(2003)
    expect(answered).toBe(2003)
    expect(result.errors).toEqual({ ...CLEAN, timeout: slow })
  })

  test('/fail-tenth, by status', async () => {
    const result = await run('/fail-tenth')
    expect(result).toMatchObject({ completed: 2003, unexpected: 200, statuses: { 200: 1803, 503: 200 } })
    expect(await counts()).toMatchObject({ answered: 2003 })
  })

  test('HEAD, over one connection each', async () => {
    const before = await runtime.counters()
    const result = await load(runtime, { ...PLAN, requests: [{ method: 'HEAD', path: '/head' }] })
    const after = await runtime.counters()
    expect(result).toMatchObject({ completed: 2003, errors: CLEAN })
    expect(after!.accepted - before!.accepted).toBeLessThanOrEqual(10)
  })
})

test('sends several requests by weight', async () => {
  const requests = [
    { path: '/seen?key=a', weight: 3 },
    { path: '/seen?key=b' },
    { name: 'c', method: 'POST', path: '/seen', body: 'c', weight: 0.5 },
  ]
  const result = await load(runtime, { ...PLAN, amount: 900, requests })
  expect(result.perRequest).toEqual({ 'GET /seen?key=a': 600, 'GET /seen?key=b': 200, c: 100 })
  expect(result.byRequest).toMatchObject({ c: { completed: 100, statuses: { 200: 100 } } })
  expect(await counts()).toMatchObject({ 'seen a': 600, 'seen b': 200, 'seen c': 100 })
})

test('fills in templates in path, header and body', async () => {
  const requests = [
    { path: '/seen?key=path-{n}' },
    { path: '/seen', headers: { 'X-Key': 'header-{n}' } },
    { method: 'POST', path: '/seen', body: 'body-{n}' },
    { path: '/seen?key=random-{random:1-3}' },
  ]
  await load(runtime, { ...PLAN, amount: 400, requests, firstNumber: 1000 })
  const seen = Object.entries(await counts()).filter(([key]) => key.startsWith('seen '))
  const numbers = seen.flatMap(([key]) => key.match(/^seen (?:path|header|body)-(\d+)$/)?.[1] ?? []).map(Number)
  expect(numbers).toHaveLength(300)
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(1000)
  expect(Math.max(...numbers)).toBeLessThan(1400)
  const random = seen.filter(([key]) => key.startsWith('seen random-'))
  expect(random.map(([key]) => key).sort()).toEqual(['seen random-1', 'seen random-2', 'seen random-3'])
  expect(random.reduce((sum, [, count]) => sum + count, 0)).toBe(100)
})

test('reaches virtual hosts over TLS by SNI and Host, beside plain ones', async () => {
  const requests = [{ path: '/t' }, { path: 'https://a.test:8443/x' }, { path: 'https://b.test:8443/x', weight: 2 }]
  const result = await load(runtime, { ...PLAN, amount: 400, requests })
  expect(result).toMatchObject({ completed: 400, errors: CLEAN })
  expect(await counts()).toMatchObject({ answered: 400, 'a a.test a.test:8443': 100, 'b b.test b.test:8443': 200 })
})

test('stops sending after the duration and waits for what is under way', async () => {
  const result = await run('/t', { amount: Number.POSITIVE_INFINITY, durationS: 0.3 })
  expect(result.completed).toBeGreaterThan(0)
  expect(result).toMatchObject({ asked: result.completed, sent: result.completed })
  expect(await counts()).toMatchObject({ answered: result.completed })
})

test('a fixed rate sends no more than are due, and says how many were', async () => {
  const result = await run('/t', { amount: Number.POSITIVE_INFINITY, durationS: 0.5, rate: 400 })
  expect(result.asked).toBe(200)
  expect(result.completed).toBeLessThanOrEqual(200)
  expect(await counts()).toMatchObject({ answered: result.completed })
})

// The server stands still 200 ms of each second; 2 connections can have 4 requests under way in two such pauses. Were latency
// taken from the sending, those 4 of 1000 alone would be slow, and p99 would not know.
test('a fixed rate shows a stall in the latency of all requests that were due meanwhile', async () => {
  const { latencyUs } = await run('/stall', { amount: 1000, connections: 2, rate: 500 })
  expect(latencyUs.p90).toBeGreaterThan(50_000)
  expect(latencyUs.p99).toBeGreaterThan(150_000)
})

test('several client threads share amount and connections', async () => {
  const progress: number[] = []
  const plan: LoadPlan = { ...PLAN, requests: [{ path: '/seen?key={n}' }], amount: 503, threads: 2 }
  const result = await load(runtime, plan, { onProgress: ({ completed }) => progress.push(completed) })
  expect(result).toMatchObject({ asked: 503, completed: 503, errors: CLEAN })
  const seen = await counts()
  expect(Object.keys(seen).filter((key) => key.startsWith('seen '))).toHaveLength(503)
})

describe('a script', () => {
  test('builds requests, sees answers and the result', async () => {
    const file = await loadScript(`
      import { writeFileSync } from 'node:fs'
      const bodies = new Set()
      export const request = (planned, n) => ({ path: planned.path + '?key=' + (n % 7) })
      export const response = ({ request, status, headers, body }) => bodies.add([request, status, headers.connection, body].join('|'))
      export const done = (result) => writeFileSync(import.meta.filename + '.json', JSON.stringify({ completed: result.completed, bodies: [...bodies] }))
    `)
    await run('/seen', { amount: 70, script: file })
    const seen = await counts()
    expect(seen).toMatchObject({ 'seen 0': 10, 'seen 6': 10 })
    const { default: done } = await import(`${file}.json`, { with: { type: 'json' } })
    expect(done).toEqual({ completed: 70, bodies: ['GET /seen|200|keep-alive|hello\n'] })
  })

  test.each(['request', 'response', 'done'])('that throws in %s ends the load and shows its stack', async (hook) => {
    const file = await loadScript(`export function ${hook}() { throw new Error('boom') }`)
    await expect(run('/t', { script: file })).rejects.toMatchObject({
      name: 'LoadError',
      code: 'LOAD_SCRIPT',
      message: expect.stringMatching(
        new RegExp(`^${hook}\\(\\) of the load script threw.*boom[\\s\\S]*script\\.mjs:1`),
      ),
    })
  })
})
