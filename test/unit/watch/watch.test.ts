import { describe, expect, test } from 'vitest'
import { RuntimeError } from '../../../plugin/base/runtime-error.js'
import type { NginxProcess } from '../../../plugin/heapwalk/nginx-process.js'
import { WalkerError } from '../../../plugin/heapwalk/walker-error.js'
import type { Snapshot } from '../../../plugin/types/snapshot.js'
import type { WatchEvent } from '../../../plugin/types/watch.js'
import type { Watchable } from '../../../plugin/watch/look.js'
import { type WatchOptions, watch } from '../../../plugin/watch/watch.js'
import { makeWatchPlan, type WatchInput } from '../../../plugin/watch/watch-plan.js'
import { snapshot } from '../heap/build.js'

const KEPT = 'registry._LOADED.demo.^kept[*]'

function worker(pid: number, startTicks = pid): NginxProcess {
  return {
    pid,
    ppid: 5,
    uid: 0,
    role: 'worker',
    exiting: false,
    sameProgram: true,
    startTicks,
    title: 'nginx: worker process',
  }
}

interface Server {
  /** Who serves at the n-th look; default worker 7. */
  readonly workers?: (look: number) => readonly NginxProcess[]
  /** Strings kept at the n-th look. */
  readonly kept?: (look: number) => number
  readonly requests?: (look: number) => number
  /** Where a worker's VM is. */
  readonly address?: (look: number) => string
  /** What was left of a clone at the n-th look. */
  readonly zombie?: (look: number) => number | undefined
  /** What stands in the way at the n-th look. */
  readonly failure?: (look: number) => Error | undefined
}

/** A server whose looks are told beforehand: the n-th listing of its processes begins the n-th look. */
function server({
  workers = () => [worker(7)],
  kept = () => 100,
  requests = (look) => look * 1000,
  address = () => '7f00',
  zombie = () => undefined,
  failure = () => undefined,
}: Server): Watchable {
  let look = -2 // the first listing tells the siblings
  return {
    description: 'a server of a test',
    workers: async () => workers(0),
    processes: async () => workers(Math.max(0, ++look)),
    async snapshot({ pid }, { freeze }): Promise<Snapshot> {
      const error = failure(look)
      if (error) throw error
      const string = kept(look)
      const taken = snapshot(
        { [KEPT]: { string, e: { '[*]': string } } },
        { pid, takenAtMs: look * 5000, requests: requests(look) },
      )
      const left = freeze === 'fork' ? zombie(look) : undefined
      return {
        ...taken,
        ...(left !== undefined && { freeze: { ...taken.freeze, zombie: left } }),
        vms: taken.vms.map((vm) => ({ ...vm, address: address(look), reachable: { string: [string, 40 * string] } })),
      }
    },
  }
}

async function watched(
  facts: Server,
  input: WatchInput = {},
  options: WatchOptions = {},
  scope: 'one' | 'all' = 'one',
) {
  const events: WatchEvent[] = []
  const onEvent = (event: WatchEvent) => events.push(event)
  const run = await watch(server(facts), scope, makeWatchPlan({ everyMs: 1, ...input }), { onEvent, ...options })
  return { run, events, rounds: events.filter(({ event }) => event === 'round') }
}

/** Some 70 strings in 1,000 requests. */
const leaked = (look: number) => 100 + 70 * look + ((look * look) % 7)
const LEAK = { kept: leaked }

describe('a watch', () => {
  test('finds what grows, counts by nginx, and tells each round', async () => {
    const { run, events, rounds } = await watched(LEAK)
    expect(run).toMatchObject({
      verdict: 'leak',
      passed: false,
      runtime: { kind: 'attach', description: 'a server of a test', workers: [7] },
      requests: { completed: 8000, counter: 8000, rounds: Array(8).fill(1000) },
      growths: [{ path: KEPT, class: 'leak', objectsPerRequest: 0.070125 }],
      load: null,
      watch: { ended: 'rounds', judged: { from: 0, to: 8 }, pause: { totalMs: 13.5, longestMs: 1.5, share: 0.000338 } },
    })
    expect(events[0]).toEqual({
      event: 'start',
      description: 'a server of a test',
      workers: [7],
      everyMs: 1,
      rounds: 8,
    })
    expect(rounds).toHaveLength(9)
    expect(rounds[0]).toMatchObject({ round: 0, counted: 0, seconds: 0, requests: null, objects: 100, grows: [] })
    expect(rounds[3]).toMatchObject({ round: 3, counted: 3, seconds: 5, requests: 1000, objects: 312, pauseMs: 1.5 })
    expect(rounds[8]).toMatchObject({
      grows: [{ class: 'leak', path: KEPT, gained: 561, unit: 'objects', coveredBy: null }],
    })
  })

  test('counts each look once', async () => {
    const { run, rounds } = await watched(LEAK)
    expect(run.snapshots).toHaveLength(rounds.length)
  })

  test('that could not decide asks for more rounds, not for requests that it does not send', async () => {
    const { run } = await watched({ kept: (look) => 100 + 5 * look }, { rounds: 4 })
    expect(run).toMatchObject({ verdict: 'inconclusive', passed: false })
    expect(run.reasons[0]).toMatch(/on too few gains to be sure\. Watch it for more rounds to decide\.$/)
  })

  test('says that requests came evenly, and does not where they did not', async () => {
    const said = 'requests came at an even pace, so that growth by the clock would look the same'
    expect((await watched(LEAK)).run.reasons).toContain(said)
    const uneven = [0, 1000, 4000, 5000, 9000, 9500, 14_000, 15_000, 19_000]
    const { run } = await watched({ requests: (look) => uneven[look]!, kept: (look) => 100 + uneven[look]! / 20 })
    expect(run.verdict).toBe('leak')
    expect(run.reasons).not.toContain(said)
  })

  test('passes what holds', async () => {
    const { run } = await watched({})
    expect(run).toMatchObject({ verdict: 'ok', passed: true })
    expect(run.reasons[0]).toBe('no path kept growing over 8000 requests in 8 rounds')
  })

  test('counts by seconds where nobody asks anything', async () => {
    const { run } = await watched({ ...LEAK, requests: () => 17 })
    expect(run).toMatchObject({ verdict: 'leak', per: 'second', requests: { completed: 0 }, sensitivity: null })
    expect(run.growths[0]).toMatchObject({ class: 'clock', per: 'second', perSecond: 14 })
    expect(run.reasons[0]).toBe(`${KEPT} grew with time, 14.0/s without any request (over 40.0 seconds in 8 rounds)`)
  })

  test('judges under budgets, known leaks and a baseline', async () => {
    const known = await watched(LEAK, { knownLeaks: [{ path: KEPT, reason: 'it is' }] })
    expect(known.run).toMatchObject({ verdict: 'leak', passed: true })
    const accepted = {
      baseline: { [KEPT]: { class: 'leak' as const, objectsPerRequest: 1, bytesPerRequest: 99, entriesPerRequest: 1 } },
    }
    expect((await watched(LEAK, {}, accepted)).run).toMatchObject({
      passed: true,
      growths: [{ coveredBy: 'baseline' }],
    })
    const hidden = await watched(LEAK, { redact: 'demo' })
    expect(hidden.rounds.at(-1)).toMatchObject({ grows: [{ path: expect.stringContaining('redacted') }] })
  })
})

describe('a watch until something leaks', () => {
  test('ends one round after the verdict is leak, and tells it once', async () => {
    const told: string[] = []
    const { run } = await watched(LEAK, { until: 'leak', rounds: 20 }, { onLeak: ({ verdict }) => told.push(verdict) })
    expect(run.watch).toMatchObject({ ended: 'leak', judged: { from: 0, to: 5 } })
    expect(told).toEqual(['leak'])
  })

  test('goes on over what is accepted', async () => {
    const told: string[] = []
    const options = { onLeak: () => told.push('leak') }
    const { run } = await watched(LEAK, { until: 'leak', knownLeaks: [{ path: KEPT, reason: 'it is' }] }, options)
    expect(run.watch?.ended).toBe('rounds')
    expect(told).toEqual([])
  })
})

describe('a reload in the middle', () => {
  const reloaded = {
    workers: (look: number) => [worker(look < 4 ? 7 : 17)],
    address: (look: number) => (look < 4 ? '7f00' : '7e00'),
  }

  test('begins the count anew and is said; the new worker takes the place', async () => {
    const kept = (look: number) => leaked(look < 4 ? look : look - 4)
    const { run, rounds } = await watched({ ...reloaded, kept })
    expect(run).toMatchObject({ verdict: 'leak', watch: { judged: { from: 4, to: 12 } }, runtime: { workers: [17] } })
    expect(run.reasons).toContain('in round 4 worker 7 left, and 17 took its place: nothing is compared across it')
    expect(rounds[4]).toMatchObject({ restart: 'worker 7 left, and 17 took its place', counted: 0 })
  })

  test('hides nothing and makes nothing up', async () => {
    expect((await watched({ ...reloaded, kept: (look) => (look < 4 ? 500 : 100) })).run.verdict).toBe('ok')
    expect((await watched({ ...reloaded, kept: (look) => (look < 4 ? 100 : 500) })).run.verdict).toBe('ok')
  })

  test('again and again ends the watch after three times its rounds, with the longest stretch', async () => {
    const workers = (look: number) => [worker(100 + Math.floor(look / 6))]
    const address = (look: number) => String(Math.floor(look / 6))
    const { run } = await watched({ workers, address })
    expect(run.watch!.rounds).toHaveLength(25)
    expect(run).toMatchObject({ verdict: 'ok', watch: { judged: { from: 18, to: 23 } } })
  })
})

describe('a worker that dies', () => {
  test('ends the watch, with a sentence and the verdict on what was seen', async () => {
    const { run } = await watched({ ...LEAK, workers: (look) => (look < 6 ? [worker(7)] : []) })
    expect(run).toMatchObject({ verdict: 'leak', watch: { ended: 'lost', judged: { from: 0, to: 5 } } })
    expect(run.reasons).toContain(
      'the watch ended in round 6, since worker 7 has ended: this is the verdict on what was seen',
    )
  })

  test('is told from one that a reload replaced, by where its Lua is', async () => {
    const { run } = await watched({ workers: (look) => [worker(look < 6 ? 7 : 17)] })
    expect(run.reasons.join()).toContain(
      'worker 7 has ended, and its master started 17 in its place; nginx was not reloaded',
    )
  })

  test('too early leaves nothing to judge', async () => {
    const { run } = await watched({ workers: (look) => (look < 2 ? [worker(7)] : []) })
    expect(run).toMatchObject({ verdict: 'invalid', passed: false })
    expect(run.reasons[0]).toBe(
      'the watch ended in round 2, since worker 7 has ended; only 1 round was seen without a restart: it takes 4, two to show a growth and two to confirm it',
    )
  })

  test('before the first look is told as that: nothing was there yet to be compared', async () => {
    const live = { ...server({}), workers: async () => [worker(3)] }
    const run = await watch(live, 'all', makeWatchPlan({ everyMs: 1 }))
    expect(run).toMatchObject({ verdict: 'ok', watch: { judged: { from: 0, to: 8 } } })
    expect(run.reasons).toContain('before the first look worker 3 left, and 7 took its place')
  })

  test('of several leaves its place to the next, and the watch goes on', async () => {
    const workers = (look: number) => (look < 3 ? [worker(7), worker(8)] : [worker(8), worker(17)])
    const { run } = await watched({ workers }, {}, {}, 'all')
    expect(run).toMatchObject({ verdict: 'ok', watch: { ended: 'rounds', judged: { from: 3, to: 11 } } })
    expect(run.runtime.workers).toEqual([17, 8])
  })
})

describe('a look that cannot be taken', () => {
  const tooLong = new WalkerError('WALKER_NOT_EXACT', 'not tried: 80 ms, and no more than 5 ms are allowed')

  test('is left out and said; its round goes on until the next', async () => {
    const { run, events, rounds } = await watched({ ...LEAK, failure: (look) => (look === 3 ? tooLong : undefined) })
    expect(run).toMatchObject({ verdict: 'leak', watch: { skipped: [{ skipped: tooLong.message }] } })
    expect(events).toContainEqual(expect.objectContaining({ event: 'skipped', skipped: tooLong.message }))
    expect(rounds[3]).toMatchObject({ seconds: 10, requests: 2000 })
  })

  test('three times in a row ends the watch', async () => {
    const { run } = await watched({ ...LEAK, failure: (look) => (look >= 6 ? tooLong : undefined) })
    expect(run).toMatchObject({ verdict: 'leak', watch: { ended: 'lost' } })
    expect(run.reasons.join()).toContain('3 looks in a row could not be taken: not tried: 80 ms')
  })

  test('at all, since its container has stopped, ends the watch at once', async () => {
    const stopped = new RuntimeError('RUNTIME_STOPPED', 'cannot run heapwalk in the container: it is not running')
    const { run } = await watched({ ...LEAK, failure: (look) => (look === 6 ? stopped : undefined) })
    expect(run).toMatchObject({ verdict: 'leak', watch: { ended: 'lost', skipped: [] } })
    expect(run.reasons).toContain(
      'the watch ended in round 6, since no look could be taken any more (cannot run heapwalk in the container: it is not running): this is the verdict on what was seen',
    )
  })

  test('at the very first, for want of permission, is an error at once', async () => {
    const denied = new WalkerError('WALKER_CANNOT_READ', 'cannot read process 7: Permission denied')
    await expect(watched({ failure: () => denied })).rejects.toBe(denied)
  })
})

describe('a watch that reads clones', () => {
  const busyOnce: Server = { zombie: (look) => (look === 2 ? 4321 : undefined) }
  const told =
    'process 7 was too busy to collect its clone, 4321, which stays in the list of processes, without memory, until 7 ends'

  test('tells what a worker could not collect, and asks for clones where they are wanted alone', async () => {
    expect((await watched(busyOnce, { freeze: 'fork' })).run.reasons).toContain(told)
    expect((await watched(busyOnce)).run.reasons).not.toContain(told)
  })

  test('refuses another way to read a worker', () => {
    expect(() => makeWatchPlan({ freeze: 'spoon' as never })).toThrow(
      `freeze "spoon" is no way to read a worker; it is 'stop' or 'fork'`,
    )
  })
})

describe('a watch that is interrupted', () => {
  async function interruptedAfter(looks: number) {
    const end = new AbortController()
    let seen = 0
    const onEvent = ({ event }: WatchEvent) => {
      if (event === 'round' && ++seen === looks) end.abort()
    }
    return watch(server(LEAK), 'one', makeWatchPlan({ everyMs: 1 }), { signal: end.signal, onEvent })
  }

  test('ends with what was seen', async () => {
    const run = await interruptedAfter(7)
    expect(run).toMatchObject({ verdict: 'leak', watch: { ended: 'interrupted', judged: { from: 0, to: 6 } } })
    expect(run.reasons).toContain('the watch was interrupted: this is the verdict on what was seen')
  })

  test('has no verdict yet where it was too early', async () => {
    expect(await interruptedAfter(3)).toMatchObject({ verdict: 'invalid', watch: { ended: 'interrupted' } })
  })
})
