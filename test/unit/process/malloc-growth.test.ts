import { describe, expect, test } from 'vitest'
import { alignSeries } from '../../../plugin/heap/align.js'
import { classAsContainers } from '../../../plugin/heap/growth/container-class.js'
import { tracksOf, valuesOf } from '../../../plugin/heap/growth/diff.js'
import type { Classified } from '../../../plugin/heap/growth/sites.js'
import type { HeapSeries } from '../../../plugin/heap/series.js'
import { mallocGrowths, mallocNeedsConfirming } from '../../../plugin/process/malloc-growth.js'
import type { GarbageMalloc, Snapshot } from '../../../plugin/types/snapshot.js'
import { isCandidate } from '../../../plugin/verdict/candidate.js'
import { classify } from '../../../plugin/verdict/classify.js'
import { classifyMoved } from '../../../plugin/verdict/moved.js'
import { type HeapContents, snapshot } from '../heap/build.js'
import { runTimeline } from '../verdict/run-timeline.js'

const PLANNED = [3929, 1973, 6263, 3389, 4603]
const CONFIRM = [9337, 22157]
const TIMELINE = runTimeline({ planned: PLANNED, confirm: CONFIRM })

interface Held {
  readonly heap?: HeapContents
  readonly lost?: number
  readonly garbage?: number
  /** Unreachable cdata without finalizer. */
  readonly dropped?: number
  /** The same, of another kind. */
  readonly strays?: number
  readonly connections?: number
  readonly isStopped?: boolean
}

/** A run in which memory is a function of the requests served. Blocks have 64 bytes. */
function run(held: (served: number) => Held): Snapshot[][] {
  let served = 5003
  const moments = [held(served), held(served)]
  for (const amount of [...PLANNED, ...CONFIRM]) {
    served += amount
    moments.push(held(served))
  }
  return [...moments, held(served)].map((each) => [worker(each)])
}

function worker({
  heap = {},
  lost = 0,
  garbage = 0,
  dropped = 0,
  strays = 0,
  connections = 100,
  isStopped,
}: Held): Snapshot {
  const whole = snapshot({ globals: { table: 1 }, ...heap })
  const blocksOfPaths = Object.values(heap).reduce((sum, { mal }) => sum + (mal?.[0] ?? 0), 0)
  const blocks = lost + garbage + dropped + strays + connections + blocksOfPaths
  const garbageMalloc: GarbageMalloc = {
    finalizable: [garbage, 64 * garbage],
    other: [dropped + strays, 64 * (dropped + strays)],
    ctypes: [
      ...(dropped > 0 ? [['struct parcel *', null, dropped, dropped, 64 * dropped] as const] : []),
      ...(strays > 0 ? [['unsigned char *', null, strays, strays, 64 * strays] as const] : []),
      ...(garbage > 0 ? [['void *', 'C function free', garbage, garbage, 64 * garbage] as const] : []),
    ],
  }
  const gc = {
    state: 'pause',
    threshold: isStopped ? 2 ** 47 : 2e6,
    estimate: 1e6,
    debt: 0,
    pause: 200,
    stepMul: 200,
  } as const
  return {
    ...whole,
    vms: whole.vms.map((vm) => ({ ...vm, build: 'openresty gc64', gc, garbageMalloc })),
    process: {
      rss: 1e7,
      malloc: {
        blocks,
        bytes: 64 * blocks,
        holders: [['nginx: connections', connections, 64 * connections]],
        lost: { blocks: lost, bytes: 64 * lost, direct: [lost, 64 * lost], sizes: [[64, lost]], libraries: [] },
      },
    },
  }
}

function judged(held: (served: number) => Held) {
  const moments = run(held)
  const series = alignSeries(moments)
  const tracks: Classified[] = []
  for (const track of tracksOf(series)) {
    if (track.metric === 'slots' || track.metric === 'payload') continue
    const isOpen = isCandidate(track.values.sum, TIMELINE)
    const finding = isOpen ? classify(track.values, TIMELINE) : classifyMoved(track.values.sum, TIMELINE)
    if (finding) tracks.push({ ...track, finding })
  }
  return {
    growths: mallocGrowths(moments, series, TIMELINE, containers(tracks, series))!.growths,
    confirms: mallocNeedsConfirming(moments, series, TIMELINE),
  }
}

/** As a run has it. */
function containers(tracks: readonly Classified[], series: HeapSeries): Classified[] {
  return classAsContainers(tracks, TIMELINE, (node) => valuesOf(node, 'entries', series).sum)
}

/** Objects at a path, each of which holds one block of malloc. */
const kept = (objects: number): HeapContents => ({
  'globals.kept': { table: 1, e: { '[*]': objects } },
  'globals.kept[*]': {
    cdata: objects,
    mal: [objects, 64 * objects],
    ct: [['X509 *', 'C function X509_free', objects]],
  },
})

describe('lost blocks', () => {
  test('are a leak, from a few small ones on, whatever garbage moves beside them', () => {
    const { growths, confirms } = judged((served) => ({
      lost: Math.floor(served / 1000),
      garbage: (served % 7000) * 40,
    }))
    expect(confirms).toBe(true)
    expect(growths).toMatchObject([{ class: 'leak', holder: 'lost', objectsPerRequest: expect.closeTo(0.001, 4) }])
  })

  test('are told with the type of those that no collection has come to yet', () => {
    const { growths } = judged((served) => ({ lost: served - (served % 5000), dropped: served % 5000 }))
    expect(growths).toMatchObject([
      {
        class: 'leak',
        holder: 'lost',
        ctype: 'struct parcel *',
        finalizer: null,
        bytesPerRequest: 64,
        objectsPerRequest: 1,
      },
    ])
  })

  test('are told with the type that was seen most over all moments, not in one of them alone', () => {
    const { growths } = judged((served) => ({ lost: served, dropped: 400, strays: served > 50_000 ? 900 : 0 }))
    expect(growths).toMatchObject([{ holder: 'lost', ctype: 'struct parcel *' }])
  })

  test('that stay as many are none', () => {
    expect(judged(() => ({ lost: 19 }))).toEqual({ growths: [], confirms: false })
  })
})

describe('what unreachable objects with finalizers hold', () => {
  test('is garbage, and needs no more load', () => {
    const { growths, confirms } = judged((served) => ({ garbage: served }))
    expect(confirms).toBe(false)
    expect(growths).toMatchObject([
      { class: 'sawtooth', holder: 'garbage', ctype: 'void *', finalizer: 'C function free' },
    ])
  })

  test('is undecided where the collector is stopped', () => {
    const { growths } = judged((served) => ({ garbage: served, isStopped: true }))
    expect(growths).toMatchObject([{ class: 'slowing', holder: 'garbage' }])
  })
})

describe('what a Lua path holds', () => {
  test('is bounded with the cache that it hangs on', () => {
    const { growths } = judged((served) => ({
      heap: {
        'globals.cache': { table: 1, lru: [1, served, 60_000] },
        'globals.cache{*}': { cdata: served, mal: [served, 64 * served] },
      },
    }))
    expect(growths).toMatchObject([{ class: 'bounded', holder: 'globals.cache{*}' }])
  })

  test('leaks where a worker is full before the cache is that it hangs on', () => {
    const cache = (max: number) =>
      judged((served) => ({
        heap: {
          'globals.cache': { table: 1, lru: [1, served, max] },
          'globals.cache{*}': { cdata: served, mal: [served, 64 * served] },
        },
      })).growths
    expect(cache(8_000_000)).toMatchObject([{ class: 'bounded' }])
    expect(cache(8_000_001)).toMatchObject([
      { class: 'leak', holder: 'globals.cache{*}', bound: { max: 8_000_001, bytesWhenFull: 512_000_064 } },
    ])
  })

  test('levels off with the list that it hangs on', () => {
    const { growths } = judged((served) => ({ heap: kept(Math.min(served, 20_000)) }))
    expect(growths).toMatchObject([{ class: 'plateau', holder: 'globals.kept[*]' }])
  })

  test('leaks with the objects that hold it, and is told by their type', () => {
    const { growths } = judged((served) => ({ heap: kept(served) }))
    expect(growths).toMatchObject([
      {
        class: 'leak',
        holder: 'globals.kept[*]',
        ctype: 'X509 *',
        finalizer: 'C function X509_free',
        bytesPerRequest: 64,
      },
    ])
  })

  test('leaks by itself where a single object holds ever more', () => {
    const { growths } = judged((served) => ({
      heap: { 'globals.list': { cdata: 1, mal: [served, 64 * served] } },
    }))
    expect(growths).toMatchObject([{ class: 'leak', holder: 'globals.list', objectsPerRequest: 1 }])
  })
})

test('what nginx holds is judged by its bytes', () => {
  const { growths } = judged((served) => ({ connections: served }))
  expect(growths).toMatchObject([{ class: 'leak', holder: 'nginx: connections', bytesPerRequest: 64 }])
})

test('nothing is said where a snapshot does not tell who holds malloc', () => {
  const moments = run(() => ({})).map(([one]) => [{ ...one!, process: { rss: 1, malloc: null } }])
  expect(mallocGrowths(moments, alignSeries(moments), TIMELINE, [])).toBeUndefined()
})
