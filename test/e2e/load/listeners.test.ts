import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { KeepAliveRequest } from '../../../plugin/compare/times/keep-alive.js'
import { load } from '../../../plugin/load/client/autocannon.js'
import { ServerFinder } from '../../../plugin/load/client/server-finder.js'
import { measure } from '../../../plugin/measure/measure.js'
import { makePlan } from '../../../plugin/measure/plan.js'
import type { PlanInput } from '../../../plugin/measure/plan-options.js'
import { bootRuntime } from '../../../plugin/runtime/boot.js'
import type { LoadPlan } from '../../../plugin/types/load.js'
import type { HttpProtocol, RequestSpec } from '../../../plugin/types/request.js'
import type { Runtime } from '../../../plugin/types/runtime.js'
import { describeWithEngine } from '../docker.js'

const CONF = fileURLToPath(new URL('listeners.conf', import.meta.url))
const PLAN = { amount: 503, connections: 10, expectStatus: [[200, 399]] } as const satisfies Partial<LoadPlan>
const CLEAN = { connect: 0, reset: 0, timeout: 0, closed: 0 }

let runtime: Runtime

beforeAll(async () => {
  runtime = await bootRuntime({ conf: CONF, runtime: 'local' })
})
afterAll(() => runtime?.[Symbol.asyncDispose]())
beforeEach(() => counts())

/** What the handlers counted since the last call. */
async function counts(): Promise<Record<string, number>> {
  const text = await (await fetch(`${runtime.origin(8080)}/counts`)).text()
  return Object.fromEntries([...text.matchAll(/^(.*)=(\d+)$/gm)].map(([, key, count]) => [key, Number(count)]))
}

/** Every kind of listener: where it is, what is wanted, and what is spoken then. */
const KINDS: readonly [string, RequestSpec, HttpProtocol | undefined, string][] = [
  ['HTTP/2 without TLS', { path: '/t', port: 8081 }, undefined, 'h2c'],
  ['HTTP/2 over TLS, behind a PROXY header', { path: '/t', port: 8443 }, 'h2', 'h2'],
  ['HTTP/1.1 over TLS, behind a PROXY header', { path: '/t', port: 8443 }, undefined, 'HTTP/1.1'],
  ['HTTP/1.1 behind a PROXY header', { path: '/t', port: 8082 }, undefined, 'HTTP/1.1'],
  ['a unix socket', { path: '/t', socket: 'plain.sock' }, undefined, 'HTTP/1.1'],
  ['a unix socket, behind a PROXY header', { path: '/t', socket: 'proxied.sock' }, undefined, 'HTTP/1.1'],
]

describe('completes as many requests as the handler answered', () => {
  test.each(KINDS)('over %s', async (_, request, wanted, protocol) => {
    const plan: LoadPlan = { ...PLAN, requests: [request], ...(wanted && { protocol: wanted }) }
    expect(await load(runtime, plan)).toMatchObject({
      completed: 503,
      sent: 503,
      errors: CLEAN,
      unexpected: 0,
      protocol,
    })
    expect(await counts()).toMatchObject({ answered: 503 })
  })

  test.each(KINDS)('over %s, on a connection for each', async (_, request, wanted, protocol) => {
    const plan: LoadPlan = {
      ...PLAN,
      amount: 103,
      keepAlive: false,
      requests: [request],
      ...(wanted && { protocol: wanted }),
    }
    const before = await runtime.counters()
    expect(await load(runtime, plan)).toMatchObject({ completed: 103, sent: 103, errors: CLEAN, protocol })
    const after = await runtime.counters()
    expect(after!.accepted - before!.accepted).toBeGreaterThanOrEqual(103)
    expect(await counts()).toMatchObject({ answered: 103 })
  })

  test.each(KINDS)('one after the other over %s, as times are taken', async (_, request, protocol) => {
    using one = new KeepAliveRequest(runtime, request, { title: 'head', expectStatus: [[200, 200]], protocol })
    for (let n = 0; n < 20; n++) await one.send()
    expect(await counts()).toMatchObject({ answered: 20 })
  })

  test('where HTTP/2 connections are told to go away, and counts what the server had not looked at', async () => {
    const result = await load(runtime, { ...PLAN, amount: 2003, requests: [{ path: '/short', port: 8085 }] })
    expect(result).toMatchObject({ completed: 2003, errors: CLEAN })
    expect(result.refused).toBeGreaterThan(0)
    expect(result.sent).toBe(2003 + result.refused!)
    expect(await counts()).toMatchObject({ answered: 2003 })
  })
})

describeWithEngine('in a container', () => {
  test('every kind of listener is reached, a unix socket by the port beside it', async () => {
    await using boxed = await bootRuntime({ conf: CONF, runtime: 'container' })
    for (const [, request, wanted, protocol] of KINDS) {
      const plan: LoadPlan = { ...PLAN, amount: 103, requests: [request], ...(wanted && { protocol: wanted }) }
      expect(await load(boxed, plan)).toMatchObject({ completed: 103, errors: CLEAN, unexpected: 0, protocol })
    }
    const text = await (await fetch(`${boxed.origin(8080)}/counts`)).text()
    expect(text).toContain(`answered=${103 * KINDS.length}\n`)
  })
})

describe('HTTP/2', () => {
  test('carries methods, hosts, headers, bodies and templates as HTTP/1.1 does', async () => {
    const requests: RequestSpec[] = [
      { path: '/seen', port: 8081, headers: { 'X-Key': 'k{n}', Host: 'a.test' } },
      { method: 'POST', path: 'http://b.test:8081/seen', body: 'body {n}' },
      { method: 'PUT', path: '/seen', port: 8081 },
    ]
    await load(runtime, { ...PLAN, requests, amount: 3, connections: 1, streams: 1 })
    const { answered, ...seen } = await counts()
    const place = `127.0.0.1:${new URL(runtime.origin(8081)).port}`
    expect(Object.keys(seen).sort()).toEqual(['GET a.test k0 ', 'POST b.test:8081  body 1', `PUT ${place}  `].sort())
  })

  test('counts statuses, clients that give up, threads and a fixed rate', async () => {
    const go = (plan: Partial<LoadPlan>, path = '/t') =>
      load(runtime, { ...PLAN, requests: [{ path, port: 8081 }], ...plan })
    expect(await go({}, '/status')).toMatchObject({ statuses: { 503: 503 }, unexpected: 503 })
    expect(await go({ threads: 2 })).toMatchObject({ completed: 503, protocol: 'h2c' })
    const paced = await go({ rate: 400, amount: Number.POSITIVE_INFINITY, durationS: 0.5 })
    expect(paced.asked).toBe(200)
    const requests = [{ path: '/t', port: 8081, abortAfterMs: 0 }]
    const left = await load(runtime, { ...PLAN, requests })
    expect(left.completed).toBe(503)
    expect(left.unexpected).toBe(0)
  })
})

test('a PROXY header names this client and the port of the conf', async () => {
  await load(runtime, { ...PLAN, amount: 20, connections: 2, requests: [{ path: '/t', port: 8082 }] })
  expect(await counts()).toMatchObject({ '127.0.0.1 8082 HTTP/1.1': 20 })
})

test('a unix socket is told localhost, as nginx tells it', async () => {
  await load(runtime, { ...PLAN, amount: 20, connections: 2, requests: [{ path: '/t', socket: 'plain.sock' }] })
  expect(await counts()).toMatchObject({ 'host localhost': 20 })
})

describe('a request that names no server', () => {
  const place = async (path: string, protocol?: HttpProtocol) => {
    const finder = new ServerFinder(runtime)
    const [placed] = await finder.place([{ path }], { ...PLAN, ...(protocol && { protocol }) })
    return { placed, notes: finder.notes }
  }

  test('goes to the first server that serves it, and the others are told', async () => {
    const { placed, notes } = await place('/third')
    expect(placed).toEqual({ path: '/third', port: 8084 })
    expect(notes).toEqual([
      expect.stringMatching(
        /^\/third goes to port 8084 \(listeners\.conf:\d+\), .* port 8083 \(listeners\.conf:\d+\) answers 404/,
      ),
    ])
  })

  test('is sent by name to a server that no address reaches', async () => {
    const { placed } = await place('/second')
    expect(placed).toMatchObject({ port: 8083, headers: { Host: 'second.test' } })
    await counts()
    await load(runtime, { ...PLAN, amount: 20, requests: [placed!] })
    expect(await counts()).toMatchObject({ 'by second.test': 20 })
  })

  test('is not served by a redirect of its path to elsewhere', async () => {
    expect((await place('/moved')).placed).toMatchObject({ port: 8084 })
  })

  test('stays with a server whose code fails at it, and goes on from one that does not reach another', async () => {
    expect((await place('/broken')).placed).toMatchObject({ port: 8083 })
    expect((await place('/unreached')).placed).toMatchObject({ port: 8084 })
  })

  test('is asked of those alone who speak what is wanted', async () => {
    expect((await place('/t', 'h2')).placed).toMatchObject({ port: 8443 })
  })

  test('that nobody serves stays where it is', async () => {
    const { placed, notes } = await place('/nowhere')
    expect(placed).toEqual({ path: '/nowhere' })
    expect(notes).toEqual([
      expect.stringMatching(
        /^no server of the conf serves \/nowhere: port 8080 \(listeners\.conf:\d+\) answers 404, .*port 8083, server second\.test \(listeners\.conf:\d+\) answers 404/,
      ),
    ])
  })
})

describe('a measurement', () => {
  const SMALL = { amount: 2011, warmup: 503, idleMs: 100, locate: false } as const
  const run = (input: PlanInput) => measure(runtime, makePlan({ ...SMALL, ...input }))

  test.each<[string, PlanInput]>([
    ['over HTTP/2', { port: 8081 }],
    ['over HTTP/2 and TLS behind a PROXY header', { port: 8443, protocol: 'h2' }],
    ['behind a PROXY header', { port: 8082 }],
    ['over a unix socket', { socket: 'proxied.sock' }],
  ])('%s tells a leak from clean code', async (_, where) => {
    const leaking = await run({ request: '/leak', ...where })
    expect(leaking.verdict).toBe('leak')
    expect(leaking.growths).toMatchObject([{ path: 'globals.kept[*]', objectsPerRequest: 1 }])
    expect((await run({ request: '/t', ...where })).verdict).toBe('ok')
  })

  test('of a path that no server has names port, server and the list', async () => {
    const { verdict, reasons } = await run({ request: '/nowhere' })
    expect(verdict).toBe('invalid')
    expect(reasons[0]).toMatch(
      /unexpected status of GET \/nowhere: 404[\s\S]*GET \/nowhere was asked of port 8080 \(listeners\.conf:\d+\)\. Servers of the conf: .*port 8083, second\.test \(listeners\.conf:\d+\)/,
    )
  })

  test.each<[PlanInput, RegExp]>([
    [
      { port: 8081, protocol: 'http1' },
      /port 8081 of the conf \(listeners\.conf:\d+\) speaks HTTP\/2 only.*--protocol h2c/,
    ],
    [{ port: 8082, protocol: 'h2c' }, /port 8082 of the conf \(listeners\.conf:\d+\) does not speak HTTP\/2/],
    [{ socket: '/no.sock' }, /does not listen on unix:\/no\.sock; it listens on port 8080,/],
    [{ port: 9999 }, /does not listen on port 9999; it listens on 8080,/],
  ])('of a listener that speaks something else says which, and the option: %j', async (where, message) => {
    const { verdict, reasons } = await run({ request: '/t', ...where })
    expect(verdict).toBe('invalid')
    expect(reasons.join('\n')).toMatch(message)
  })
})
