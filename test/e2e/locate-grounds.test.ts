import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { PlanInput } from '../../plugin/measure/plan-options.js'
import type { Growth } from '../../plugin/types/growth.js'
import { added, growth, KEPT, lines, placed } from './locate/second-look.js'

const conf = (name: string) => fileURLToPath(new URL(`locate/${name}`, import.meta.url))

const BUFFER = { objectsPerRequest: 0, entriesPerRequest: 0, bytesPerRequest: 8 }
const OBJECTS = {
  entriesPerRequest: 0,
  objectsPerRequest: 2,
  elements: { function: 1 },
  types: { function: one(), upvalue: one() },
}

function one() {
  return { objects: 1, bytes: 40, objectsPerRequest: 1, bytesPerRequest: 40 }
}

test.each<[what: string, plan: PlanInput, growth: Growth, line: string]>([
  ['a context that a list keeps', { request: '/ctx' }, growth(`${KEPT}.contexts[*]`), 'kept.lua:context in context'],
  [
    "a context in ngx_lua's own list",
    { request: '/anchor' },
    growth('registry.ngx_lua_ctx_tables[*]'),
    'kept.lua:anchored context in anchored_context',
  ],
  [
    'a chain of closures below a metatable',
    { request: '/wrap' },
    growth(`${KEPT}.values.<metatable>.__index(.^before)+`, OBJECTS),
    'kept.lua:wrap in wrap',
  ],
  [
    'cdata that a list keeps',
    { request: '/cdata' },
    growth(`${KEPT}.cdata.^blocks[*]`),
    'kept.lua:cdata kept in cdata',
  ],
  ['a list of many', { request: '/crowd?id={n}' }, growth(`${KEPT}.crowd.^crowd[*]`), 'kept.lua:crowd in crowd'],
  [
    'a request that ends in an error',
    { request: '/fail?id={n}', expectStatus: '500' },
    growth(`${KEPT}.fail.^failures[*]`),
    'kept.lua:fail in fail',
  ],
  ['log_by_lua', { request: '/log', expectStatus: '204' }, growth(`${KEPT}.log.^logged[*]`), 'kept.lua:log in log'],
  ['a body filter', { request: '/filter' }, growth(`${KEPT}.filter.^filtered[*]`), 'kept.lua:filter in filter'],
])('%s is told by its line', async (_what, plan, grown, line) => {
  expect(await lines(plan, grown)).toEqual([placed(`${line} 1 40`)])
})

test('the first request of a connection is told by its line, by connection', async () => {
  const plan: PlanInput = { request: '/greet', per: 'connection' }
  const { addedAt, why } = await added(plan, growth(`${KEPT}.greet.^greeted[*]`, { per: 'connection' }))
  const found = { source: placed('kept.lua:greet'), function: 'greet', perRequest: expect.any(Number), requests: 40 }
  expect([addedAt, why]).toEqual([[expect.objectContaining(found)], undefined])
  // of ten connections at a time, those that were open when enough was answered have counted and asked nothing
  expect(addedAt[0]!.perRequest).toBeGreaterThanOrEqual(40 / (40 + 10))
  expect(addedAt[0]!.perRequest).toBeLessThanOrEqual(1)
})

test('a request that its client gives up is told by its line', async () => {
  const plan: PlanInput = { request: { path: '/hang', abortAfterMs: 50 } }
  const { addedAt, why } = await added(plan, growth(`${KEPT}.hung_up[*]`))
  expect([addedAt.map(({ source }) => source), why]).toEqual([[placed('kept.lua:abort')], undefined])
})

test('a buffer that gets longer is told by its line, in bytes', async () => {
  const { addedAt, why } = await added({ request: '/buffer' }, growth(`${KEPT}.buffer.^journal`, BUFFER))
  expect([addedAt.map(({ source, perRequest }) => [source, perRequest]), why]).toEqual([
    [[placed('kept.lua:buffer'), 8]],
    undefined,
  ])
})

test('what grows by connection is told by connection', async () => {
  const plan: PlanInput = { request: '/greet', per: 'connection', keepAlive: true }
  const { addedAt, why } = await added(plan, growth(`${KEPT}.greet.^greeted[*]`, { per: 'connection' }))
  expect([addedAt.map(({ source, perRequest }) => [source, perRequest]), why]).toEqual([
    [[placed('kept.lua:greet'), 1]],
    undefined,
  ])
})

test('what a timer keeps, set by a file that each worker runs, is told by its line', async () => {
  const grown = growth(`${KEPT}.tick.^ticks[*]`, { class: 'clock', perSecond: 5 })
  const { addedAt, why } = await added({ request: '/quiet', expectStatus: '204' }, grown, conf('timers.conf'))
  expect([addedAt.map(({ source, function: name }) => [source, name]), why]).toEqual([
    [[placed('kept.lua:tick'), 'tick']],
    undefined,
  ])
})

test('of a plan of several those requests are watched that add when they are sent alone', async () => {
  const byRequest = [
    { request: 'GET /queue?id={n}', perRequest: 0 },
    { request: 'GET /insert?id={n}', perRequest: 1 },
  ]
  const requests = ['/queue?id={n}', '/insert?id={n}']
  const grown = growth(`${KEPT}.insert.^inserted[*]`, { entriesPerRequest: 0.5, byRequest })
  const { addedAt, why } = await added({ requests }, grown)
  expect([addedAt.map(({ perRequest, requests, watched }) => [perRequest, requests, watched]), why]).toEqual([
    [[0.5, 40, 40]],
    undefined,
  ])
  expect(addedAt[0]!.watchedRequests).toEqual(['GET /insert?id={n}'])
})

test('all requests of a plan are watched where those that add do so only after others', async () => {
  const requests = ['/enter', '/leave']
  const byRequest = [
    { request: 'GET /enter', perRequest: 0 },
    { request: 'GET /leave', perRequest: 1 },
  ]
  const grown = growth(`${KEPT}.leave.^left[*]`, { entriesPerRequest: 0.5, byRequest })
  const { addedAt } = await added({ requests }, grown)
  expect(addedAt.map(({ source }) => source)).toEqual([placed('kept.lua:leave')])
})

test('of calls of a work the line is told by call', async () => {
  const work = async ({ url, n }: { readonly url: string; readonly n: number }) => {
    for (const part of ['a', 'b']) await (await fetch(`${url}/insert?id=${part}${n}`)).text()
  }
  expect(await lines({ work }, growth(`${KEPT}.insert.^inserted[*]`, { per: 'call', entriesPerRequest: 2 }))).toEqual([
    placed('kept.lua:insert in insert 2 40'),
  ])
})

test('a hook from the start and options of the JIT compiler do not hide the line', async () => {
  const seen = await lines({ request: '/insert?id={n}' }, growth(`${KEPT}.insert.^inserted[*]`), conf('hooked.conf'))
  expect(seen).toEqual([placed('kept.lua:insert in insert 1 40')])
})

test('code that keeps something only where it is fast is told without a line, after a few of its slow requests', async () => {
  const { addedAt, why } = await added({ request: '/clock' }, growth(`${KEPT}.measures_time.^quick[*]`))
  expect(addedAt).toEqual([])
  // 40 of them would take a minute
  const [, watched] = /^nothing came in the (\d+) requests? that (?:was|were) watched/.exec(why ?? '') ?? []
  expect(Number(watched)).toBeLessThan(40)
})

test('what is filled once, at the start, is told without a line', async () => {
  const { addedAt, why } = await added({ request: '/start' }, growth(`${KEPT}.at_start.^at_start[*]`))
  expect(addedAt).toEqual([])
  expect(why).toMatch(/^nothing came in the [\d,]+ requests that were watched$/)
})
