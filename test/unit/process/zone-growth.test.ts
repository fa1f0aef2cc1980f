import { expect, test } from 'vitest'
import type { MemoryRow, Snapshot } from '../../../plugin/types/snapshot.js'
import { runTimeline } from '../verdict/run-timeline.js'
import { memory, processGrowths, processNeedsConfirming } from './build.js'

const PLANNED = [3929, 1973, 6263, 3389, 4603]
const CONFIRM = [9337, 22157]
const TIMELINE = runTimeline({ planned: PLANNED, confirm: CONFIRM })
const CHUNK = 128
const WARM_UP = 5003

interface Dict {
  readonly lasting?: number
  readonly expiring?: number
  readonly expired?: number
  readonly ttlMs?: number
  /** Default: as many as entries. */
  readonly keys?: number
  readonly oldest?: 'lasting' | 'expiring' | 'expired'
  /** Bytes of an entry; default 128. */
  readonly each?: number
  readonly allocations?: number
  readonly failures?: number
  readonly capacity?: number
}

function dictRow(dict: Dict): MemoryRow {
  const { lasting = 0, expiring = 0, expired = 0, each = CHUNK, ttlMs = 0, failures = 0, capacity = 64 << 20 } = dict
  const used = (lasting + expiring + expired) * each
  const some = lasting > 0 ? 'lasting' : expired > 0 ? 'expired' : 'expiring'
  return {
    category: 'shm',
    name: 'seen',
    kind: 'lua_shared_dict',
    bytes: used,
    used,
    capacity,
    allocations: dict.allocations ?? lasting + expiring + expired + failures,
    failures,
    entries: {
      lasting: [lasting, lasting * each],
      expiring: [expiring, expiring * each],
      expired: [expired, expired * each],
      lastingKeys: dict.keys ?? lasting,
      ttlMs,
      oldest: lasting + expiring + expired === 0 ? null : (dict.oldest ?? some),
    },
    how: 'slab',
  }
}

/**
 * A run over 51,651 requests in which a zone is a function of those served; a second a round. Two workers, of which
 * only the second could read the entries.
 */
function run(rowOf: (served: number, round: number) => MemoryRow): Snapshot[][] {
  let served = WARM_UP
  const moment = (round: number, index: number) => {
    const whole = memory({}, { takenAtMs: 1_000_000 + index * 1000 })
    const row = rowOf(served, round)
    const { entries, ...blind } = row
    const withRow = (one: MemoryRow) => ({ ...whole, process: { rss: whole.process.rss, rows: [one] } })
    return [withRow(blind), withRow(row)]
  }
  const moments = [moment(0, 0), moment(0, 1)]
  for (const [round, amount] of [...PLANNED, ...CONFIRM].entries()) {
    served += amount
    moments.push(moment(round + 1, round + 2))
  }
  return [...moments, moment(7, 9)]
}

function judged(dictOf: (served: number, round: number) => Dict) {
  return processGrowths(
    run((served, round) => dictRow(dictOf(served, round))),
    TIMELINE,
  )
}

test('keys that never expire are a leak, by entries and by bytes', () => {
  expect(judged((served) => ({ lasting: served }))).toEqual({
    growths: [
      {
        class: 'leak',
        category: 'shm',
        zone: 'seen',
        bytes: 20157 * CHUNK,
        bytesPerRequest: CHUNK,
        entries: 20157,
        entriesPerRequest: 1,
        rounds: [...PLANNED, ...CONFIRM].map((amount) => amount * CHUNK),
        coveredBy: null,
        why: 'in 7 of 7 rounds',
      },
    ],
    moved: [],
  })
})

test('a zone that is full of what never expires is bounded, and what it throws out is said', () => {
  const room = 20_000
  const { growths, moved, notices } = judged((served) => {
    const thrown = Math.max(0, served - room)
    return { lasting: served - thrown, failures: thrown, allocations: served + thrown, capacity: room * CHUNK }
  })
  expect(growths).toEqual([])
  expect(moved).toMatchObject([
    { class: 'bounded', why: 'the zone is full: 36,654 entries that never expire were thrown out' },
  ])
  expect(notices).toEqual([
    'zone seen is full: 36,654 entries that never expire were thrown out. Unless it is meant as a cache, it is too small, or its entries need an expiry',
  ])
})

test('entries of a few bytes in all are found by their number', () => {
  const moments = run((served) => dictRow({ lasting: Math.floor(served / 100) }))
  expect(processNeedsConfirming(moments, TIMELINE)).toBe(true)
  expect(processGrowths(moments, TIMELINE).growths).toMatchObject([{ class: 'leak', entries: 201 }])
})

test('one list that grows is a leak of bytes, though the entries stand still', () => {
  const moments = run((served) => {
    const row = dictRow({ lasting: 1 })
    const used = served * 32
    return { ...row, used, entries: { ...row.entries!, lasting: [1, used] } }
  })
  expect(processGrowths(moments, TIMELINE).growths).toMatchObject([
    { class: 'leak', bytesPerRequest: 32, entriesPerRequest: 0 },
  ])
})

test('what expires after two seconds is bounded by what comes in them', () => {
  // 4,031 a second; those of the last two seconds are there, and as many that have expired
  const moments = run((served, round) =>
    dictRow({ expiring: Math.min(served, 8000 + round * 300), expired: 200, ttlMs: 1934, allocations: served }),
  )
  expect(processNeedsConfirming(moments, TIMELINE)).toBe(false)
  const { growths, moved } = processGrowths(moments, TIMELINE)
  expect(growths).toEqual([])
  expect(moved).toMatchObject([
    { class: 'bounded', zone: 'seen', why: 'entries expire after at most 2 s: at this rate 998 KB' },
  ])
})

test('what no run can see expire is bounded all the same, and said to fill the zone', () => {
  const { growths, moved } = judged((served) => ({ expiring: served, ttlMs: 3_599_100, capacity: 20_000_000 }))
  expect(growths).toEqual([])
  expect(moved[0]!.why).toBe(
    'entries expire after at most 60 min: at this rate they would fill the zone (20 MB), which then throws out entries that are still needed',
  )
})

test('expired entries behind one that never expires fill the zone', () => {
  const { moved } = judged((served) => ({ lasting: 1, expired: served, ttlMs: 0, capacity: 20_000_000 }))
  expect(moved[0]!.why).toMatch(/but stay until the zone \(20 MB\) is full: nginx looks only at the oldest/)
})

test('what a full zone throws out before it has expired is told, and no leak', () => {
  const room = 6000
  const { growths, notices } = judged((served) => {
    const thrown = Math.max(0, served - room)
    return { expiring: served - thrown, failures: thrown, allocations: served + thrown, ttlMs: 60_000 }
  })
  expect(growths).toEqual([])
  expect(notices).toEqual(['zone seen is full: 50,654 entries that had not expired were thrown out'])
})

test('a zone that refuses what never expires is bounded, and what it refuses is said', () => {
  const room = 20_000
  const { growths, notices } = judged((served) => {
    const refused = Math.max(0, served - room)
    return { lasting: served - refused, failures: refused, allocations: served }
  })
  expect(growths).toEqual([])
  expect(notices).toEqual(['zone seen is full: 36,654 allocations ended with "no memory"'])
})

test('large entries of which nginx counts no allocation are told where others take their place', () => {
  const full = (keys: (served: number) => number) =>
    judged((served) => ({ lasting: 200, each: 8192, allocations: 0, keys: keys(served) })).notices
  expect(full((served) => served)).toEqual([
    'zone seen is full: large entries that never expire took the place of others in 7 rounds',
  ])
  expect(full(() => 1)).toBeUndefined()
})

test('a fixed number of keys is no leak', () => {
  expect(judged((served) => ({ lasting: Math.min(served, 7000) })).growths).toEqual([])
})

test.each([
  ['limit_req', 'bounded'],
  ['cache', 'bounded'],
  ['ssl_session', 'bounded'],
  ['limit_conn', 'leak'],
  [null, 'leak'],
] as const)('a zone of kind %s that grows is %s', (kind, found) => {
  const moments = run((served) => {
    const { entries, ...row } = dictRow({ lasting: served })
    return { ...row, kind }
  })
  const { growths, moved } = processGrowths(moments, TIMELINE)
  expect([...growths, ...moved]).toMatchObject([{ class: found, category: 'shm', zone: 'seen' }])
})
