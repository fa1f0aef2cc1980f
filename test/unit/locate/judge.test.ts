import { expect, test } from 'vitest'
import { placesIn } from '../../../plugin/heap/owner/place.js'
import { judge as judgeAt, type Measured, type Sighting } from '../../../plugin/locate/judge.js'
import type { Credit } from '../../../plugin/locate/records.js'

const ENTRIES: Measured = { perRequest: 1, per: 'request', noun: ['entry', 'entries'] }

/** Where no two files of the heaps have one name. */
const judge = (seen: Sighting, measured: Measured) =>
  judgeAt(seen, measured, ({ short, file, line }) => ({ source: short, file, line }))

function credit(place: string, amount: number, more: Partial<Credit> = {}): Credit {
  return { target: 0, place, name: '', stack: [], amount, requests: amount, ...more }
}

function sighting(credits: readonly Credit[], more: Partial<Sighting> = {}): Sighting {
  const gained = credits.reduce((sum, { amount }) => sum + amount, 0)
  return { credits, total: { gained, lost: 0, unplaced: 0 }, requests: 40, units: 40, seconds: 1, ...more }
}

test('the line is told with its function, its rate and who called it', () => {
  const seen = [credit('/srv/lua/demo.lua:5', 40, { name: 'go', stack: ['content_by_lua(nginx.conf:17):1'] })]
  expect(judge(sighting(seen), ENTRIES)).toEqual({
    addedAt: [
      {
        source: 'demo.lua:5',
        file: '/srv/lua/demo.lua',
        line: 5,
        function: 'go',
        perRequest: 1,
        requests: 40,
        watched: 40,
        stack: ['content_by_lua(nginx.conf:17):1'],
        calledFrom: 'nginx.conf:17',
      },
    ],
  })
})

test('Lua of a conf is told by the line of the conf', () => {
  const { addedAt } = judge(sighting([credit('content_by_lua(nginx.conf:17):3', 40)]), ENTRIES)
  expect(addedAt![0]).toMatchObject({ source: 'nginx.conf:19', file: 'nginx.conf', line: 19, function: null })
})

test("what nginx's own API adds its caller adds", () => {
  const seen = [
    credit('/usr/share/lua/resty/core/ctx.lua:40', 40, { name: 'set', stack: ['/srv/a.lua:7', '/srv/b.lua:8'] }),
  ]
  const { addedAt } = judge(sighting(seen), ENTRIES)
  expect(addedAt![0]).toMatchObject({ source: 'a.lua:7', stack: ['b.lua:8'], calledFrom: 'b.lua:8' })
})

test('lines that hardly add are left out, and of many the first five are told', () => {
  const seen = [400, 100, 90, 80, 70, 60, 1].map((amount, index) => credit(`/srv/a.lua:${index + 1}`, amount))
  const { addedAt } = judge(sighting(seen), ENTRIES)
  expect(addedAt!.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5])
})

test('a share of what was measured is said to be one', () => {
  const { addedAt, addedAtWhy } = judge(sighting([credit('/srv/a.lua:1', 10)]), ENTRIES)
  expect([addedAt!.length, addedAtWhy]).toEqual([
    1,
    'these lines added 0.25 in each of 40 requests, of 1.00 that were measured',
  ])
})

test('what nginx made is no line', () => {
  expect(judge(sighting([credit('nginx', 40)]), ENTRIES)).toEqual({
    addedAt: [],
    addedAtWhy: 'nginx itself made 40 entries in the 40 requests that were watched, and no line of Lua',
  })
})

test('what comes too rarely is said to', () => {
  expect(judge(sighting([]), { ...ENTRIES, perRequest: 0.001 }).addedAtWhy).toBe(
    'nothing came in the 40 requests that were watched: it comes once in some 1000 requests',
  )
})

test('how rarely something comes is not told where the measurement does not say how often it does', () => {
  expect(judge(sighting([]), { ...ENTRIES, perRequest: 0 }).addedAtWhy).toBe(
    'nothing came in the 40 requests that were watched',
  )
  expect(judge(sighting([], { seconds: 1.5 }), { ...ENTRIES, perRequest: 0, perSecond: 0.5 }).addedAtWhy).toBe(
    'nothing came in the 40 requests that were watched: it comes by the clock, and they took 1.50 s',
  )
})

test('where there was time for few requests only, that is said', () => {
  expect(judge(sighting([], { requests: 1, units: 1 }), ENTRIES).addedAtWhy).toBe(
    'nothing came in the 1 request that was watched: there was time for no more',
  )
})

test('rates count by what growth counts by, and requests stay requests', () => {
  const seen = sighting([credit('/srv/a.lua:1', 10)], { units: 10 })
  const { addedAt, addedAtWhy } = judge(seen, { ...ENTRIES, per: 'connection' })
  expect(addedAt!.map(({ perRequest, watched }) => [perRequest, watched])).toEqual([[1, 40]])
  expect(addedAtWhy).toBeUndefined()
})

test('what grows by the clock has a rate per second', () => {
  const clock = { ...ENTRIES, perRequest: 0, perSecond: 100 }
  const { addedAt, addedAtWhy } = judge(sighting([credit('/srv/a.lua:1', 150)], { seconds: 1.5 }), clock)
  expect([addedAt![0]!.perSecond, addedAtWhy]).toEqual([100, undefined])
  expect(judge(sighting([credit('/srv/a.lua:1', 30)], { seconds: 1.5 }), clock).addedAtWhy).toBe(
    'these lines added 20.00 each second, of 100.00 that were measured',
  )
})

test('of malloc, which nginx takes as well, only a line that explains the growth is told', () => {
  const malloc: Measured = { perRequest: 2016, isShared: true, per: 'request', noun: ['byte', 'bytes'] }
  const own = credit('/srv/a.lua:1', 40 * 2016)
  const nginxs = credit('/srv/a.lua:9', 40 * 4112)
  expect(judge(sighting([own, nginxs]), malloc).addedAt!.map(({ line }) => line)).toEqual([1])
  expect(judge(sighting([nginxs]), malloc)).toEqual({
    addedAt: [],
    addedAtWhy: 'no line alone takes as much as was measured, and nginx frees some of what lines take',
  })
})

test('a file whose bare name another one has is told by as much of its path as is unique', () => {
  const placeOf = placesIn({ vms: [{ files: new Set(['/srv/a/handler.lua', '/srv/b/handler.lua']) } as never] })
  const seen = [credit('/srv/b/handler.lua:5', 40, { stack: ['/srv/a/handler.lua:9'] })]
  const [added] = judgeAt(sighting(seen), ENTRIES, placeOf).addedAt!
  expect([added!.source, added!.shortFile, added!.calledFrom]).toEqual([
    'handler.lua:5',
    'b/handler.lua',
    'a/handler.lua:9',
  ])
})

test('where nothing came with reloads, these are what was watched', () => {
  const { addedAtWhy } = judge(sighting([], { requests: 5, units: 5 }), { ...ENTRIES, per: 'reload' })
  expect(addedAtWhy).toBe('nothing came in the 5 reloads that were watched')
})
