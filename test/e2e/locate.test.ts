import { expect, test } from 'vitest'
import { RuntimeError } from '../../plugin/base/runtime-error.js'
import { locate } from '../../plugin/locate/locate.js'
import type { Growth } from '../../plugin/types/growth.js'
import type { ProcessGrowth } from '../../plugin/types/report.js'
import {
  added,
  analysis,
  CONF,
  COROUTINES,
  growth,
  KEPT,
  lines,
  malloc,
  numberOf,
  placed,
  zone,
} from './locate/second-look.js'

test.each<[what: string, request: string, growth: Growth | ProcessGrowth, line: string]>([
  [
    'a method that stores into self',
    '/object',
    growth('globals.kept.registry.members[*]'),
    'kept.lua:object in add 1 40',
  ],
  ['table.insert', '/insert', growth(`${KEPT}.insert.^inserted[*]`), 'kept.lua:insert in insert 1 40'],
  ['rawset', '/rawset', growth(`${KEPT}.rawset.^set.<keys>`), 'kept.lua:rawset in rawset 1 40'],
  ['a field of a module', '/field', growth(`${KEPT}.fields{*}`), 'kept.lua:field in field 1 40'],
  [
    'a table that is written over several lines',
    '/lines',
    growth(`${KEPT}.over_lines.^entries[*]`),
    'kept.lua:lines in over_lines 1 40',
  ],
  ['a coroutine', '/co', growth(`${KEPT}.coroutine.^parked[*]`), 'kept.lua:co in coroutine 1 40'],
  ['a timer far ahead that is set by a tail call', '/timer', growth(COROUTINES), 'kept.lua:timer in timer 1 40'],
  [
    'code that is made at run time',
    '/string',
    growth(`${KEPT}.generated.^generated[*]`),
    '[string "local list, id = ......"]:2 in null 1 40',
  ],
  ['a chunk of init_by_lua', '/chunk', growth('globals.remember.^seen.<keys>'), 'nginx.conf:15 in remember 1 40'],
  ['a file that content_by_lua_file runs', '/file', growth(`${KEPT}.requests[*]`), 'handler.lua:2 in null 1 40'],
  ['Lua of a conf that is included', '/included', growth(`${KEPT}.list[*]`), 'included.conf:4 in null 1 40'],
  [
    'a key beside one that is taken out again',
    '/queue',
    growth(`${KEPT}.queue.^queue.<keys>`),
    'kept.lua:queue in queue 1 40',
  ],
  [
    'a list that is replaced by a longer copy',
    '/replaced',
    growth(`${KEPT}.replaced.^copied[*]`),
    'kept.lua:replaced in replaced 1 40',
  ],
  ['incr of a new key', '/incr', zone('visits'), 'nginx.conf:42 in null 1 40'],
  ['an entry that never expires beside one that does', '/expires', zone('bans'), 'nginx.conf:48 in null 1 40'],
  ['malloc that is lost in an error path', '/lost', malloc(5008), 'kept.lua:lost in lost 5008 40'],
  ['malloc that kept cdata hold', '/cdata', malloc(3008), 'kept.lua:cdata in cdata 3008 40'],
])('%s is told by its line', async (_what, path, grown, line) => {
  expect(await lines({ request: `${path}?id={n}` }, grown)).toEqual([placed(line)])
})

test('what a library keeps is told with who called it', async () => {
  const { addedAt } = await added({ request: '/lru?id={n}' }, growth(`${KEPT}.lru.^cache.hasht{*}`))
  const [{ source, function: name, calledFrom }] = addedAt as [(typeof addedAt)[number]]
  expect([source.replace(/\d+$/, ''), name, calledFrom]).toEqual([
    'lrucache.lua:',
    'set',
    `kept.lua:${numberOf('lru')}`,
  ])
})

test('three lines that fill one table are told with their shares', async () => {
  const seen = await lines(
    { request: '/shares' },
    growth(`${KEPT}.three_lines.^shared[*]`, { entriesPerRequest: 1.75 }),
  )
  expect(seen).toEqual([
    placed('kept.lua:first share in note 1 40'),
    placed('kept.lua:second share in three_lines 0.5 20'),
    placed('kept.lua:third share in three_lines 0.25 10'),
  ])
})

test('what comes once in 200 requests is awaited', async () => {
  const { addedAt, why } = await added(
    { request: '/rare' },
    growth(`${KEPT}.rarely.^rare[*]`, { entriesPerRequest: 0.005 }),
  )
  expect([addedAt.map(({ source }) => source), why]).toEqual([[placed('kept.lua:rare')], undefined])
  // One of up to 399, where the machine is too slow for a second.
  expect(addedAt[0]!.requests / addedAt[0]!.watched).toBeGreaterThan(1 / 400)
})

test('what comes rarely is awaited longer where its requests are slow', async () => {
  const { addedAt } = await added({ request: '/slow' }, growth(`${KEPT}.slow.^slow[*]`, { entriesPerRequest: 0.004 }))
  expect(addedAt.map(({ source }) => source)).toEqual([placed('kept.lua:slow')])
})

test('threads that wait are told by what spawns them', async () => {
  const seen = await lines({ request: '/thread' }, growth(COROUTINES, { entriesPerRequest: 2 }))
  expect(seen.map((line) => line.replace(/ [\d.]+ \d+$/, '')).sort()).toEqual(
    [placed('kept.lua:one in null'), placed('kept.lua:another in null')].sort(),
  )
})

test('only a POST with a body keeps something', async () => {
  const post = { method: 'POST', path: '/post', body: 'a body' }
  const seen = await lines(
    { requests: ['/post', post] },
    growth(`${KEPT}.posted.^bodies[*]`, { entriesPerRequest: 0.5 }),
  )
  expect(seen).toEqual([placed('kept.lua:post in posted 0.5 20')])
})

test('only the second request of a connection keeps something', async () => {
  const { addedAt, why } = await added({ request: '/second' }, growth(`${KEPT}.second.^again[*]`))
  expect([addedAt.map(({ source }) => source), why]).toEqual([[placed('kept.lua:second')], undefined])
})

test('the source is shown with a line on either side', async () => {
  const { addedAt } = await added({ request: '/included?id={n}' }, growth(`${KEPT}.list[*]`))
  expect(addedAt).toEqual([
    {
      source: 'included.conf:4',
      file: expect.stringMatching(/locate\/sites\/included\.conf$/),
      line: 4,
      function: null,
      perRequest: 1,
      requests: 40,
      watched: 40,
      stack: [],
      excerpt: {
        from: 3,
        lines: ['        local list = kept.list', '        list[#list + 1] = ngx.var.arg_id', '    }'],
      },
    },
  ])
})

test.each([
  ['sets a debug hook of its own', '/hook', 'the code sets a debug hook of its own, so its lines cannot be watched'],
  ['turns the JIT compiler on', '/jit', 'the code turns the JIT compiler on, and compiled code cannot be watched'],
  ['ends its worker', '/exit', 'a worker of a second start ended'],
])('code that %s is told without a line', async (_what, request, why) => {
  const seen = await added({ request, timeoutS: 1 }, growth(`${KEPT}.insert.^inserted[*]`))
  expect(seen).toEqual({ addedAt: [], why })
})

test('a second start that fails leaves the report as it is', async () => {
  const restart = async () => {
    throw new RuntimeError('RUNTIME_START_FAILED', 'no port is left')
  }
  const grown = growth(`${KEPT}.insert.^inserted[*]`)
  const { growths } = await locate(analysis({ request: '/insert' }, [grown], []), { restart, conf: CONF })
  expect(growths).toEqual([{ ...grown, addedAt: [], addedAtWhy: 'a second start failed: no port is left' }])
})

test('a request that keeps nothing in the second start is told without a line', async () => {
  const seen = await added({ request: '/queue?id={n}' }, growth(`${KEPT}.insert.^inserted[*]`))
  expect(seen.addedAt).toEqual([])
  expect(seen.why).toMatch(/^nothing came in the [\d,]+ requests that were watched$/)
})

test('where nothing grew nothing is started', async () => {
  const restart = () => Promise.reject(new Error('started'))
  const clean = analysis({ request: '/insert' }, [], [])
  expect(await locate(clean, { restart, conf: CONF })).toBe(clean)
})

test('a server that somebody else started is told without a line, and with what would tell', async () => {
  const grown = growth(`${KEPT}.insert.^inserted[*]`)
  const { measurement, ...rest } = analysis({ request: '/insert' }, [grown], [])
  const attached = {
    ...rest,
    measurement: { ...measurement, runtime: { ...measurement.runtime, kind: 'attach' as const } },
  }
  const { growths } = await locate(attached, {})
  expect(growths[0]).toMatchObject({
    addedAt: [],
    addedAtWhy: 'this server was started by somebody else: run its conf, and the line is told',
  })
})
