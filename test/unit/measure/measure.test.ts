import { describe, expect, test } from 'vitest'
import { WalkerError } from '../../../plugin/heapwalk/walker-error.js'
import { ServerHistory } from '../../../plugin/measure/history/server-history.js'
import { measure } from '../../../plugin/measure/measure.js'
import { makePlan } from '../../../plugin/measure/plan.js'
import type { PlanInput } from '../../../plugin/measure/plan-options.js'
import { LogTally } from '../../../plugin/runtime/log/log-tally.js'
import type { LoadPlan, LoadResult } from '../../../plugin/types/load.js'
import type { OtherProcess, Runtime } from '../../../plugin/types/runtime.js'
import type { NginxCounters, Snapshot } from '../../../plugin/types/snapshot.js'
import { type HeapContents, snapshot } from '../heap/build.js'
import { type HeldMalloc, held } from '../process/build.js'

/** A server whose heap is a function of the requests served and of the snapshots taken (the only clock it has: one second each). */
class SimulatedServer implements Runtime {
  readonly kind = 'local'
  readonly description = 'simulated'
  readonly url = 'http://127.0.0.1:1'
  readonly listens = null
  readonly notices: string[] = []
  readonly doubts: string[] = []
  pids = [7]
  log = ''
  served = 0
  taken = 0
  /** How often nginx counts a request: twice where the conf proxies to itself. */
  hops = 1
  /** What one worker's connections have served. */
  connections?: (served: number, pid: number) => NonNullable<Snapshot['connections']>
  /** Timers that are pending, by the time that has passed. */
  timers?: (seconds: number) => NonNullable<Snapshot['timers']>
  open?: number
  /** Who holds malloc, but for the paths of the heap. */
  malloc?: (served: number) => Omit<HeldMalloc, 'paths'>
  beside: OtherProcess[] = []
  readonly heap: (served: number, seconds: number, pid: number) => HeapContents

  constructor(heap: SimulatedServer['heap']) {
    this.heap = heap
  }

  async workers() {
    return this.pids.map((pid) => ({ pid }))
  }

  async others() {
    return this.beside
  }

  async workersHere() {
    return this.pids
  }

  async snapshot(pid: number): Promise<Snapshot> {
    const seconds = this.taken++
    const facts = {
      pid,
      takenAtMs: seconds * 1000,
      requests: this.served * this.hops,
      accepted: this.served,
      rss: 1_000_000 + this.served,
    }
    const connections = this.connections?.(this.served * this.hops, pid)
    const all = {
      ...facts,
      ...(connections && { connections }),
      ...(this.timers && { timers: this.timers(seconds) }),
      ...(this.open !== undefined && { open: this.open }),
    }
    const paths = this.heap(this.served, seconds, pid)
    return this.malloc ? held({ ...this.malloc(this.served), paths }, all) : snapshot(paths, all)
  }

  async counters(): Promise<NginxCounters | null> {
    return null
  }

  async errorLog() {
    return this.log
  }

  async complaints() {
    const tally = new LogTally()
    tally.push(this.log)
    return tally.complaints
  }

  origin = () => this.url
  reload = async () => {};
  [Symbol.asyncDispose] = async () => {}

  load = async (_target: unknown, plan: LoadPlan): Promise<LoadResult> => {
    this.served += plan.amount
    return loadResult(plan.amount, { 200: plan.amount })
  }

  measure(input: PlanInput = {}, signal?: AbortSignal) {
    const plan = makePlan({ request: '/t?x={n}', idleMs: 0, settleMs: 0, drainMs: 0, ...input })
    return measure(this, plan, { load: this.load, ...(signal && { signal }) })
  }
}

function loadResult(asked: number, statuses: Record<string, number>, unexpected = 0): LoadResult {
  const completed = Object.values(statuses).reduce((sum, count) => sum + count, 0)
  const latencyUs = { min: 50, mean: 100, stdev: 10, max: 500, p50: 95, p75: 110, p90: 150, p99: 300, p999: 400 }
  return {
    asked,
    completed,
    durationMs: asked / 10,
    bytesRead: completed * 100,
    statuses,
    unexpected,
    errors: { connect: 0, reset: 0, timeout: 0, closed: 0 },
    requestsPerSecond: 10_000,
    latencyUs,
    perRequest: { 'GET /t': completed },
  }
}

/** Array part that LuaJIT would have allocated for so many elements. */
function arraySlots(elements: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, elements)))
}

const LOADED: HeapContents = {
  'registry._LOADED': { table: 1 },
  'registry._LOADED.demo': { table: 1 },
  'registry._LOADED.demo.go': { function: 1, src: 'demo.lua:5' },
}

/** `local foo = {}` ... `foo[#foo + 1] = "hello " .. #foo` */
const classic = (served: number): HeapContents => ({
  ...LOADED,
  'registry._LOADED.demo.go.^foo': {
    table: [1, 64 + 8 * arraySlots(served)],
    upvalue: 1,
    e: { '[*]': served },
    sl: [served, arraySlots(served), 0, 0, 8 * arraySlots(served)],
  },
  'registry._LOADED.demo.go.^foo[*]': { string: [served, served * 42], pay: served * 11 },
})

describe('the classic leak', () => {
  test('is one growth, told at its path with its type and rate', async () => {
    const run = await new SimulatedServer(classic).measure()
    expect(JSON.parse(JSON.stringify(run))).toEqual({
      format: 'openresty-leak-report/1',
      verdict: 'leak',
      passed: false,
      reasons: [
        'registry._LOADED.demo.go.^foo[*] grew with the requests, in 7 of 7 rounds (over 51651 requests in 7 rounds)',
      ],
      runtime: { kind: 'local', description: 'simulated', workers: [7] },
      requests: {
        asked: 20157,
        completed: 20157,
        counter: 20157,
        rounds: [3929, 1973, 6263, 3389, 4603],
        warmup: 5003,
        confirm: [9337, 22157],
      },
      sensitivity: 0.000397,
      growths: [
        {
          class: 'leak',
          vm: 'http',
          path: 'registry._LOADED.demo.go.^foo[*]',
          source: 'demo.lua:5',
          file: 'demo.lua',
          line: 5,
          elements: { string: 20157 },
          workers: [{ pid: 7, share: 1 }],
          coveredBy: null,
          rounds: [3929, 1973, 6263, 3389, 4603, 9337, 22157],
          objectsPerRequest: 1,
          bytesPerRequest: 42,
          entriesPerRequest: 1,
          slots: { used: 20157, allocated: 24576, bytes: 196608 },
          capacity: { part: 'array', before: 8192, after: 32768, used: 20157 },
          types: { string: { objects: 20157, bytes: 846594, objectsPerRequest: 1, bytesPerRequest: 42 } },
          why: 'in 7 of 7 rounds',
        },
      ],
      moved: [],
      violations: [],
      process: { rss: { before: 1_005_004, after: 1_025_161 }, growths: [] },
      load: {
        driver: 'requests',
        ...loadResult(20157, { 200: 20157 }),
        durationMs: 2015.7,
        requestsPerSecond: 10_000,
      },
      snapshots: Array.from({ length: 10 }, () => ({
        pid: 7,
        vm: 'http',
        gcTotal: 1_000_000,
        accounted: 1,
        pauseMs: 1.5,
      })),
      paths: [
        {
          vm: 'http',
          nodes: [
            { p: -1, s: 'registry', b: [0, 0], o: [0, 0] },
            { p: 0, s: '._LOADED', b: [64, 64], o: [1, 1], t: 'table' },
            { p: 1, s: '.demo', b: [64, 64], o: [1, 1], t: 'table' },
            { p: 2, s: '.go', b: [48, 48], o: [1, 1], t: 'function', src: 'demo.lua:5' },
            { p: 3, s: '.^foo', b: [65648, 262256], o: [2, 2], t: 'table upvalue' },
            { p: 4, s: '[*]', b: [5004 * 42, 25161 * 42], o: [5004, 25161], t: 'string' },
          ],
        },
      ],
      heap: [{ vm: 'http', reachable: [0, 0], garbage: [0, 0], internals: [1_000_000, 1_000_000] }],
    })
  })

  test('is a leak that passes under a budget above it', async () => {
    const budgets = { 'package.loaded.demo.foo': { strings: '1 MB', tables: '1 MB' } } as const
    const run = await new SimulatedServer(classic).measure({ budgets })
    expect(run).toMatchObject({ verdict: 'leak', passed: true, violations: [], growths: [{ coveredBy: 'budget' }] })
  })

  test('fails under a budget below it, with budget, limit and actual', async () => {
    const budgets = { 'registry._LOADED.demo.foo': { strings: '64 KB', tables: '16 KB' } } as const
    const run = await new SimulatedServer(classic).measure({ budgets })
    expect(run.passed).toBe(false)
    expect(run.violations).toEqual([
      { path: 'registry._LOADED.demo.foo', metric: 'tables', limit: 16000, actual: 196608, level: 'error' },
      { path: 'registry._LOADED.demo.foo', metric: 'strings', limit: 64000, actual: 846594, level: 'error' },
    ])
  })

  test('can be judged again under other budgets, without the method in the JSON', async () => {
    const run = await new SimulatedServer(classic).measure()
    expect(run.withBudgets({ 'registry._LOADED.demo': { total: '2 MB' } })).toMatchObject({
      verdict: 'leak',
      passed: true,
    })
    expect(run.passed).toBe(false)
    expect(Object.keys(run)).not.toContain('withBudgets')
  })

  test('passes as a known leak, which is said', async () => {
    const knownLeaks = [{ path: 'registry._LOADED.demo.**', reason: 'to be mended', until: '2999-12-31' }]
    const run = await new SimulatedServer(classic).measure({ knownLeaks })
    expect(run).toMatchObject({ verdict: 'leak', passed: true, growths: [{ coveredBy: 'known' }] })
    expect(run.reasons).toContain('known leak registry._LOADED.demo.**: to be mended (until 2999-12-31)')
  })
})

describe('a clean server', () => {
  test('is ok after the planned rounds alone', async () => {
    const server = new SimulatedServer(() => LOADED)
    const run = await server.measure()
    expect(run).toMatchObject({ verdict: 'ok', passed: true, growths: [], moved: [], requests: { confirm: [] } })
    expect(run.reasons).toEqual(['no path kept growing over 20157 requests in 5 rounds'])
    expect(server.served).toBe(25161)
  })

  test.each([
    ['all requests were the same', '/t', "'GET /t?id={n}'"],
    ['the 2 requests never varied', ['/a?x=1', '/b'], "'GET /a?x=1&id={n}'"],
  ])('is told that leaks per key stay hidden where %s', async (what, request, example) => {
    const { verdict, reasons } = await new SimulatedServer(() => LOADED).measure({ request })
    expect(verdict).toBe('ok')
    expect(reasons).toEqual([
      expect.stringContaining('no path kept growing'),
      `${what}, so leaks per key (user, session, URL) stay hidden: vary a key by {n}, such as ${example}`,
    ])
  })

  test('is told nothing of keys where something varies, or where it did not pass', async () => {
    const varied = await new SimulatedServer(() => LOADED).measure({
      request: ['/a', { path: '/b', headers: { 'X-User': '{uuid}' } }],
    })
    const leaking = await new SimulatedServer((served) => classic(served)).measure({ request: '/t' })
    expect([...varied.reasons, ...leaking.reasons].filter((reason) => reason.includes('per key'))).toEqual([])
  })

  test('is ok when a cache fills and stops', async () => {
    const run = await new SimulatedServer((served) => classic(Math.min(served, 24_000))).measure()
    expect(run).toMatchObject({ verdict: 'ok', passed: true, growths: [] })
    expect(run.moved).toMatchObject([{ class: 'plateau', path: 'registry._LOADED.demo.go.^foo[*]' }])
  })
})

test('growth without requests goes by the clock and fails the run', async () => {
  const run = await new SimulatedServer((_served, seconds) => classic(seconds * 100)).measure()
  expect(run).toMatchObject({ verdict: 'leak', passed: false, growths: [{ class: 'clock' }] })
})

describe('where timers are due', () => {
  const NONE = { pending: 0, dueMs: [], ofConnections: 0, ofModules: 0 }
  const due = (...dueMs: number[]) => ({ pending: dueMs.length, dueMs, ofConnections: 0, ofModules: 0 })

  /** Entries that a timer takes away so many snapshots after the first one with all of them. */
  function swept(after: number): SimulatedServer {
    let full = Number.POSITIVE_INFINITY
    return new SimulatedServer((served, seconds) => {
      if (served >= 56_654) full = Math.min(full, seconds)
      return classic(seconds - full > after ? 10 : served)
    })
  }

  test('they run before what grew is called a leak', async () => {
    const server = swept(3)
    server.timers = () => due(10)
    const run = await server.measure()
    expect(run).toMatchObject({ verdict: 'ok', growths: [], moved: [{ class: 'drains' }] })
  })

  test('what they do not take away is a leak, told once none is due in time', async () => {
    const server = new SimulatedServer((served) => classic(served))
    server.timers = (seconds) => (seconds < 14 ? due(10, 60_000) : due(60_000))
    const run = await server.measure()
    expect(run).toMatchObject({ verdict: 'leak' })
    expect(run.snapshots.length).toBeGreaterThan(10)
  })

  test('a run that would pass does not wait for them', async () => {
    const server = new SimulatedServer(() => classic(10))
    server.timers = () => due(10)
    expect((await server.measure()).snapshots).toHaveLength(7)
  })

  test('nothing is waited for where no timer is pending and no connection open: nothing can change', async () => {
    const server = new SimulatedServer(() => classic(10))
    server.timers = () => NONE
    server.open = 0
    await server.measure({ idleMs: 600_000 })
    expect(server.taken).toBe(6)
  })
})

describe('a process beside the workers that runs Lua', () => {
  const AGENT = { pid: 9, title: 'nginx: privileged agent process' }

  test('is judged by the clock, and named', async () => {
    const server = new SimulatedServer((_served, seconds, pid) => classic(pid === AGENT.pid ? 100 * seconds : 10))
    server.beside = [AGENT]
    const run = await server.measure()
    expect(run).toMatchObject({
      verdict: 'leak',
      growths: [{ class: 'clock', process: AGENT.title, workers: [{ pid: 9 }] }],
    })
    expect(run.reasons[0]).toContain(AGENT.title)
  })

  test('that ends in the run is named, and the workers are judged all the same', async () => {
    const server = new SimulatedServer((served, _seconds, pid) => classic(pid === AGENT.pid ? 10 : served))
    server.beside = [AGENT]
    const gone = new WalkerError('WALKER_CANNOT_READ', 'cannot read process 9: it has exited')
    const { snapshot } = server
    server.snapshot = async (pid) => {
      if (pid === AGENT.pid && server.taken > 8) throw gone
      return snapshot.call(server, pid)
    }
    const run = await server.measure()
    expect(run).toMatchObject({ verdict: 'leak', growths: [{ class: 'leak' }] })
    expect(run.reasons).toContain(
      'nginx: privileged agent process (9) was not measured to the end: cannot read process 9: it has exited',
    )
  })

  test('without Lua is none', async () => {
    const server = new SimulatedServer(() => classic(10))
    server.beside = [{ pid: 9, title: 'nginx: cache manager process' }]
    const { snapshot } = server
    server.snapshot = async (pid) => {
      if (pid === 9) throw new WalkerError('WALKER_UNKNOWN_BUILD', 'no LuaJIT in process 9')
      return snapshot.call(server, pid)
    }
    const run = await server.measure()
    expect(run).toMatchObject({ verdict: 'ok', reasons: [expect.stringContaining('no path kept growing')] })
  })
})

describe('growth that slows down', () => {
  test('is inconclusive and does not pass, after one further pair of rounds', async () => {
    const run = await new SimulatedServer((served) => classic(Math.round(1000 * Math.log(served + 1)))).measure()
    expect(run).toMatchObject({
      verdict: 'inconclusive',
      passed: false,
      requests: { confirm: [9337, 22157, 31957, 64937] },
      growths: [],
      moved: [{ class: 'slowing' }],
    })
    expect(run.moved[0]!.rounds).toHaveLength(9)
    expect(run.snapshots).toHaveLength(13)
  })

  test('is decided by that pair where it levels off', async () => {
    const universe = (served: number) => classic(Math.round(25_000 * (1 - Math.exp(-served / 25_000))))
    expect(await new SimulatedServer(universe).measure({ further: [] })).toMatchObject({ verdict: 'inconclusive' })
    expect(await new SimulatedServer(universe).measure()).toMatchObject({
      verdict: 'ok',
      passed: true,
      moved: [{ class: 'plateau' }],
    })
  })

  test('is decided by that pair where it turns out to be a filled cache before a leak', async () => {
    const both = (served: number) => classic(Math.min(served, 35_000) + Math.floor(served / 50))
    expect(await new SimulatedServer(both).measure({ further: [] })).toMatchObject({ verdict: 'inconclusive' })
    const run = await new SimulatedServer(both).measure()
    expect(run).toMatchObject({ verdict: 'leak', growths: [{ class: 'leak' }] })
  })
})

describe('a leaking plan of several requests', () => {
  /** GET /a keeps one string, POST /b two, GET /c none. */
  const server = () => {
    const keeps: Readonly<Record<string, number>> = { 'GET /a': 1, 'POST /b': 2 }
    let kept = 0
    const simulated = new SimulatedServer(() => classic(Math.round(kept)))
    simulated.load = async (_target, { amount, requests }) => {
      for (const { name = '' } of requests) kept += ((keeps[name] ?? 0) * amount) / requests.length
      simulated.served += amount
      return loadResult(amount, { 200: amount })
    }
    return simulated
  }

  test('says how much each of them keeps when sent alone', async () => {
    const run = await server().measure({ request: ['/a', 'POST /b', '/c'] })
    expect(run.growths).toMatchObject([
      {
        byRequest: [
          { request: 'GET /a', perRequest: 1 },
          { request: 'POST /b', perRequest: 2 },
          { request: 'GET /c', perRequest: 0 },
        ],
      },
    ])
    expect(run.growths[0]!.rounds).toHaveLength(7)
    expect(run.snapshots).toHaveLength(13)
  })

  test('says how many bytes of malloc each of them loses when sent alone, also where nothing else leaks', async () => {
    const losing = server()
    let lost = 0
    losing.malloc = () => ({ lost: [Math.round(lost), 64 * Math.round(lost)] })
    const { load } = losing
    losing.load = async (target, plan) => {
      lost += plan.requests.some(({ name }) => name === 'GET /d') ? plan.amount / plan.requests.length : 0
      return load(target, plan)
    }
    const run = await losing.measure({ request: ['/c', '/d'] })
    expect(run.growths).toEqual([])
    expect(run.process.growths).toMatchObject([
      {
        holder: 'lost',
        byRequest: [
          { request: 'GET /c', perRequest: 0 },
          { request: 'GET /d', perRequest: 64 },
        ],
      },
    ])
    expect(run.process.growths[0]!.rounds).toHaveLength(7)
  })

  test('loads none of them alone where nothing leaks', async () => {
    const run = await server().measure({ request: ['/c', '/d'] })
    expect(run).toMatchObject({ verdict: 'ok', growths: [] })
    expect(run.snapshots).toHaveLength(7)
  })
})

test('sums over workers and names the share of each, the largest first', async () => {
  const server = new SimulatedServer((served, _seconds, pid) => classic(pid === 7 ? served / 4 : (served * 3) / 4))
  server.pids = [7, 8]
  const run = await server.measure({ rounds: [4000, 2000, 6000, 3000, 4000], confirm: [8000, 20000], warmup: 4000 })
  expect(run.growths).toMatchObject([
    {
      objectsPerRequest: 1,
      workers: [
        { pid: 8, share: 0.75 },
        { pid: 7, share: 0.25 },
      ],
    },
  ])
})

describe('of several workers', () => {
  const rounds = { rounds: [4000, 2000, 6000, 3000, 4000], confirm: [8000, 20000], warmup: 4000 }
  /** Worker 7 serves a quarter of all requests and keeps four tables for each, the other none. */
  const server = () => {
    const made = new SimulatedServer((served, _seconds, pid) => classic(pid === 7 ? served : 0))
    made.pids = [7, 8]
    made.connections = (served, pid) => [[pid, pid === 7 ? served / 4 : (served * 3) / 4]]
    return made
  }

  test('tells what each served, and what it gained for each of them', async () => {
    const { growths } = await server().measure(rounds)
    expect(growths.map(({ workers }) => workers)).toEqual([
      [
        { pid: 7, share: 1, requests: 11_750, perRequest: 4 },
        { pid: 8, share: 0, requests: 35_250, perRequest: 0 },
      ],
    ])
  })

  test.each<[string, (made: SimulatedServer) => void, PlanInput]>([
    [
      'slots were used again',
      (made) => (made.connections = (served, pid) => [[pid, pid === 7 ? served / 4 : served / 2]]),
      {},
    ],
    ['the conf sends requests to itself', (made) => (made.hops = 2), {}],
    ['growth is counted by connections', () => {}, { per: 'connection' }],
  ])('tells only shares where %s', async (_why, change, plan) => {
    const changed = server()
    change(changed)
    const { growths } = await changed.measure({ ...rounds, ...plan })
    expect(growths.map(({ workers }) => workers)).toEqual([
      [
        { pid: 7, share: 1 },
        { pid: 8, share: 0 },
      ],
    ])
  })
})

test('judges a worker that nginx forked during the warm-up', async () => {
  const server = new SimulatedServer(classic)
  const { load } = server
  server.load = async (target, plan) => {
    server.pids = [7, 8]
    return load(target, plan)
  }
  expect((await server.measure()).runtime.workers).toEqual([7, 8])
})

describe('a server of which a run in which nothing grows proves nothing', () => {
  const doubtful = (heap: SimulatedServer['heap']) => {
    const server = new SimulatedServer(heap)
    server.doubts.push('nginx.conf:2: lua_code_cache is off')
    return server
  }

  test('is not acquitted', async () => {
    const run = await doubtful(() => LOADED).measure()
    expect(run).toMatchObject({ verdict: 'invalid', passed: false, reasons: ['nginx.conf:2: lua_code_cache is off'] })
    expect(run.requests.rounds).toHaveLength(5)
  })

  test('still leaks where it is seen to, and is not passed by a budget', async () => {
    expect(await doubtful(classic).measure()).toMatchObject({ verdict: 'leak', passed: false })
    const budgets = { 'package.loaded.demo.foo': { strings: '1 MB', tables: '1 MB' } } as const
    const run = await doubtful(classic).measure({ budgets })
    expect(run).toMatchObject({ verdict: 'leak', passed: false, growths: [{ coveredBy: 'budget' }] })
    expect(run.reasons).toContain('nginx.conf:2: lua_code_cache is off')
  })
})

describe('a run that cannot be believed is invalid, with what was seen so far', () => {
  test('a lost worker', async () => {
    const server = new SimulatedServer(classic)
    server.log = 'start\n2026/11/23 19:07:06 [alert] 1#1: worker process 7 exited on signal 11\n'
    server.load = async (_target, plan) => {
      server.served += plan.amount
      if (server.served > 10_000) server.pids = [9]
      return loadResult(plan.amount, { 200: plan.amount })
    }
    const run = await server.measure()
    expect(run).toMatchObject({ verdict: 'invalid', passed: false, requests: { rounds: [3929, 1973] } })
    expect(run.reasons[0]).toBe(
      'worker 7 was lost in round 2 of 5\nerror log: 2026/11/23 19:07:06 [alert] 1#1: worker process 7 exited on signal 11',
    )
    expect(run.snapshots).toHaveLength(3)
  })

  test('a warning of nginx, where it says nothing worse', async () => {
    const server = new SimulatedServer(classic)
    server.log =
      '2026/11/23 19:07:06 [warn] 1#1: 512 worker_connections are not enough, reusing connections\n2026/11/23 19:07:07 [notice] 1#1: later\n'
    server.load = async (_target, plan) => ({
      ...loadResult(plan.amount, { 200: plan.amount - (plan.amount === 1 ? 0 : 7) }),
      gaveUp: '7 tries got no answer',
    })
    const run = await server.measure()
    expect(run.reasons[0]).toBe(
      '4996 of 5003 requests were completed in the warm-up: 7 tries got no answer\nerror log: 2026/11/23 19:07:06 [warn] 1#1: 512 worker_connections are not enough, reusing connections',
    )
  })

  test('a worker that came later', async () => {
    const server = new SimulatedServer(classic)
    const { load } = server
    server.load = async (target, plan) => {
      if (server.served > 10_000) server.pids = [7, 8]
      return load(target, plan)
    }
    const run = await server.measure()
    expect(run.verdict).toBe('invalid')
    expect(run.reasons).toEqual(['worker 8 came during round 3 of 5: it has no snapshot to compare with'])
  })

  test('requests that were not completed', async () => {
    const server = new SimulatedServer(classic)
    server.load = async (_target, plan) => ({
      ...loadResult(plan.amount, { 200: plan.amount - (plan.amount === 1 ? 0 : 3) }),
      firstError: 'socket hang up',
    })
    const run = await server.measure()
    expect(run).toMatchObject({ verdict: 'invalid', passed: false })
    expect(run.reasons).toEqual(['5000 of 5003 requests were completed in the warm-up: socket hang up'])
  })

  test('an unexpected status', async () => {
    const server = new SimulatedServer(classic)
    server.load = async (_target, plan) => loadResult(plan.amount, { 404: plan.amount }, plan.amount)
    const run = await server.measure()
    expect(run.verdict).toBe('invalid')
    expect(run.reasons[0]).toMatch(/^unexpected status in the warm-up: 404 \(5003 times\); expected 200-399\./)
  })

  test('a snapshot that cannot be taken', async () => {
    const server = new SimulatedServer(classic)
    server.snapshot = async () => {
      throw Object.assign(new Error('cannot read nginx worker 7: EPERM'), { code: 'WALKER_NO_PERMISSION' })
    }
    expect(await server.measure()).toMatchObject({ verdict: 'invalid', reasons: ['cannot read nginx worker 7: EPERM'] })
  })
})

test('a mistake in a program is thrown, not reported', async () => {
  const server = new SimulatedServer(() => {
    throw new TypeError('oops')
  })
  await expect(server.measure()).rejects.toThrow(TypeError)
})

test('ends with the reason of its signal', async () => {
  const stop = new AbortController()
  const server = new SimulatedServer(classic)
  const load = server.load
  server.load = async (target, plan) => {
    stop.abort(new Error('enough'))
    return load(target, plan)
  }
  await expect(server.measure({}, stop.signal)).rejects.toThrow('enough')
})

test('a plan without requests is refused', async () => {
  await expect(measure(new SimulatedServer(classic), makePlan({}))).rejects.toMatchObject({ code: 'PLAN_NO_REQUEST' })
})

test('each request is asked once before the load, which a wrong answer spares', async () => {
  const server = new SimulatedServer(classic)
  const loads: { amount: number; requests: (string | undefined)[] }[] = []
  server.load = async (_target, plan) => {
    loads.push({ amount: plan.amount, requests: plan.requests.map(({ name }) => name) })
    const answered = {
      completed: 1,
      unexpected: 0,
      requestsPerSecond: 1,
      latencyUs: loadResult(1, { 200: 1 }).latencyUs,
    }
    const byRequest = {
      'GET /t': { ...answered, statuses: { 200: 1 } },
      'GET /u': { ...answered, statuses: { 404: 1 } },
    }
    return { ...loadResult(plan.amount, { 200: 1, 404: 1 }, 1), byRequest }
  }
  const run = await server.measure({ request: ['/t', '/u', { path: '/gone', abortAfterMs: 5 }] })
  expect(loads).toEqual([{ amount: 2, requests: ['GET /t', 'GET /u'] }])
  expect(run.reasons[0]).toMatch(/^unexpected status of GET \/u: 404 from \S+, asked once before the load; expected/)
})

test('without a warm-up nothing is asked before the first snapshot', async () => {
  const server = new SimulatedServer(() => LOADED)
  const amounts: number[] = []
  const { load } = server
  server.load = async (target, plan) => {
    amounts.push(plan.amount)
    return load(target, plan)
  }
  await server.measure({ warmup: 0, rounds: [400, 600] })
  expect(amounts).toEqual([400, 600])
})

test('a load begins with its burst, and goes on at its connections', async () => {
  const server = new SimulatedServer(() => LOADED)
  const loads: Pick<LoadPlan, 'amount' | 'connections' | 'firstNumber'>[] = []
  const { load } = server
  server.load = async (target, plan) => {
    loads.push({ amount: plan.amount, connections: plan.connections, firstNumber: plan.firstNumber! })
    return load(target, plan)
  }
  const run = await server.measure({ burst: 100, warmup: 500, rounds: [400, 600] })
  expect(loads).toEqual([
    { amount: 1, connections: 1, firstNumber: 0 },
    { amount: 200, connections: 100, firstNumber: 1 },
    { amount: 300, connections: 10, firstNumber: 201 },
    { amount: 200, connections: 100, firstNumber: 501 },
    { amount: 200, connections: 10, firstNumber: 701 },
    { amount: 200, connections: 100, firstNumber: 901 },
    { amount: 400, connections: 10, firstNumber: 1101 },
  ])
  expect(run.requests).toMatchObject({ completed: 1000, rounds: [400, 600] })
})

describe('with a reload before each round', () => {
  /** Every worker leaks by request; a new one inherits `inherited` tables for each reload. */
  function reloading(inherited: number) {
    const server: SimulatedServer = new SimulatedServer((served) => ({
      ...classic(served - born),
      'globals.inherited': { table: 1 + inherited * (server.pids[0]! - 7), e: { '[*]': 3 } },
    }))
    let born = 0
    server.reload = async () => {
      born = server.served
      server.pids = [server.pids[0]! + 1]
    }
    return server
  }

  test('workers are compared at the same age', async () => {
    expect(await reloading(0).measure({ reload: true })).toMatchObject({ verdict: 'ok', per: 'reload', growths: [] })
  })

  test('what a new worker inherits is counted by reload', async () => {
    const run = await reloading(2).measure({ reload: true, request: ['/a', '/b'] })
    expect(run).toMatchObject({
      verdict: 'leak',
      sensitivity: null,
      reasons: ['globals.inherited grew with the reloads, in 7 of 7 rounds (over 7 reloads in 7 rounds)'],
      growths: [{ per: 'reload', path: 'globals.inherited', workers: [{ pid: 15 }], objectsPerRequest: 2 }],
    })
    expect(run.growths[0]).not.toHaveProperty('byRequest')
  })

  test('a worker that does not come back makes the run invalid', async () => {
    const server = new SimulatedServer(classic)
    server.reload = async () => {
      if (server.served > 10_000) server.pids = []
    }
    const run = await server.measure({ reload: true })
    expect(run.reasons).toEqual(['nginx had 1 workers before a reload and 0 after it'])
  })
})

test('growth by connection needs a counter of them', async () => {
  const server = new SimulatedServer(classic)
  const { snapshot } = server
  server.snapshot = async (pid) => ({ ...(await snapshot.call(server, pid)), nginx: null })
  const run = await server.measure({ per: 'connection' })
  expect(run).toMatchObject({ verdict: 'invalid' })
  expect(run.reasons[0]).toMatch(/^this build of nginx counts no connections/)
})

test('a self-check that fails makes the run invalid before anything is loaded', async () => {
  const server = new SimulatedServer(classic)
  const plan = makePlan({ request: '/t' })
  const run = await measure(server, plan, { load: server.load, selfCheck: async () => 'the self-check failed' })
  expect(run).toMatchObject({ verdict: 'invalid', passed: false, reasons: ['the self-check failed'] })
  expect(server.served).toBe(0)
})

describe('under a baseline', () => {
  const FOO = 'registry._LOADED.demo.go.^foo[*]'
  const half = { [FOO]: { class: 'leak', objectsPerRequest: 0.5, entriesPerRequest: 1, bytesPerRequest: 42 } } as const

  test('what it accepted of the same run passes, and the verdict stays', async () => {
    const run = await new SimulatedServer(classic).measure()
    const accepted = run.acceptable({})
    expect(accepted).toEqual({
      [FOO]: { class: 'leak', objectsPerRequest: 1, entriesPerRequest: 1, bytesPerRequest: 42 },
    })
    expect(run.withBaseline(accepted)).toMatchObject({
      verdict: 'leak',
      passed: true,
      growths: [{ coveredBy: 'baseline' }],
    })
  })

  test('what exceeds it is a violation', async () => {
    const run = (await new SimulatedServer(classic).measure()).withBaseline(half)
    expect(run).toMatchObject({ passed: false, growths: [{ coveredBy: null }] })
    expect(run.violations).toEqual([
      { path: FOO, metric: 'objectsPerRequest', limit: 0.5, actual: 1, level: 'error', by: 'baseline' },
    ])
  })

  test('what a budget or a known leak covers is theirs', async () => {
    const budgets = { 'package.loaded.demo.foo': { total: '10 MB' } } as const
    const budgeted = await new SimulatedServer(classic).measure({ budgets })
    expect(budgeted.acceptable({})).toEqual({})
    expect(budgeted.withBaseline(half)).toMatchObject({
      passed: true,
      violations: [],
      growths: [{ coveredBy: 'budget' }],
    })
    const known = await new SimulatedServer(classic).measure({ knownLeaks: [{ path: FOO, reason: 'vendored' }] })
    expect(known.withBaseline(half)).toMatchObject({ passed: true, growths: [{ coveredBy: 'known' }] })
  })

  test('an entry at which nothing grew is said, and fails nothing', async () => {
    const run = (await new SimulatedServer(() => LOADED).measure()).withBaseline(half)
    expect(run).toMatchObject({ verdict: 'ok', passed: true })
    expect(run.reasons).toContain(
      `the baseline accepts growth of ${FOO}, where nothing grew in this run: update the baseline`,
    )
  })
})

test('a known leak at which nothing grew is said', async () => {
  const run = await new SimulatedServer(() => LOADED).measure({
    knownLeaks: [{ path: 'globals.a', reason: 'vendored' }],
  })
  expect(run.reasons).toContain('known leak globals.a: vendored; nothing grew there in this run')
})

test('a conf that proxies to itself is told by the counter, and judged by what the client completed', async () => {
  const server = new SimulatedServer(() => ({}))
  server.hops = 2
  const run = await server.measure()
  expect(run.verdict).toBe('ok')
  expect(run.requests).toMatchObject({ completed: 20157, counter: 40314 })
  expect(run.reasons.at(-1)).toBe(
    'nginx counted 40314 requests where the client completed 20157: the conf sends requests to itself, or somebody else does; rates are per completed request',
  )
})

describe('malloc by who holds it', () => {
  const CERTS = 'registry._LOADED.demo.go.^foo[*]'

  /** Objects that each hold a block of C memory, and as many blocks that are lost. */
  function leaking(): SimulatedServer {
    const server = new SimulatedServer((served) => ({
      ...LOADED,
      'registry._LOADED.demo.go.^foo': { table: 1, upvalue: 1, e: { '[*]': served } },
      [CERTS]: { cdata: served, mal: [served, 512 * served], ct: [['struct cert *', null, served]] },
    }))
    server.malloc = (served) => ({ lost: [served, 64 * served] })
    return server
  }

  test('each holder is a growth of its own, with its path, source and workers, and has a reason', async () => {
    const run = await leaking().measure()
    expect(run.process.growths).toMatchObject([
      {
        class: 'leak',
        category: 'malloc',
        holder: CERTS,
        vm: 'http',
        source: 'demo.lua:5',
        ctype: 'struct cert *',
        finalizer: null,
        bytes: 512 * 20_157,
        bytesPerRequest: 512,
        blocks: 20_157,
        objectsPerRequest: 1,
        workers: [{ pid: 7, share: 1 }],
      },
      { class: 'leak', holder: 'lost', bytesPerRequest: 64, blocks: 20_157 },
    ])
    expect(run.process.growths[1]).not.toHaveProperty('source')
    expect(run.reasons.slice(1).map((reason) => reason.split(' grew')[0])).toEqual([
      `process.malloc held by ${CERTS}`,
      'process.malloc.lost',
    ])
  })

  test('a limit of malloc on a path accepts what hangs on it, and nothing else', async () => {
    const budgets = { 'package.loaded.demo.foo': { malloc: '20 MB' } } as const
    const run = await leaking().measure({ budgets })
    expect(run.passed).toBe(false)
    expect(run.violations).toEqual([])
    expect(run.growths).toMatchObject([{ path: CERTS, coveredBy: null }])
    expect(run.process.growths.map(({ coveredBy }) => coveredBy)).toEqual(['budget', null])
    const tight = run.withBudgets({ 'package.loaded.demo.foo': { malloc: '1 MB', objects: 30_000 } })
    expect(tight.violations).toMatchObject([{ metric: 'malloc', limit: 1e6, actual: 512 * 20_157 }])
    expect(tight.growths).toMatchObject([{ coveredBy: 'budget' }])
  })

  test('a known leak is one by the path that holds it, too', async () => {
    const knownLeaks = [{ path: 'package.loaded.demo.**', reason: 'vendored' }]
    const run = await leaking().measure({ knownLeaks })
    expect(run.process.growths.map(({ coveredBy }) => coveredBy)).toEqual(['known', null])
    expect(run.reasons).toContain('known leak package.loaded.demo.**: vendored')
  })

  test('a baseline accepts each holder at its rate, and says where nothing grows any more', async () => {
    const run = await leaking().measure()
    const baseline = run.acceptable({})
    expect(Object.keys(baseline).sort()).toEqual(['process.malloc.lost', `process.malloc["${CERTS}"]`, CERTS])
    const accepted = run.withBaseline(baseline)
    expect(accepted).toMatchObject({ verdict: 'leak', passed: true, violations: [] })
    expect(accepted.process.growths.map(({ coveredBy }) => coveredBy)).toEqual(['baseline', 'baseline'])
    const half = {
      ...baseline,
      'process.malloc.lost': { class: 'leak', bytesPerRequest: 32, objectsPerRequest: 1 },
    } as const
    expect(run.withBaseline(half)).toMatchObject({
      passed: false,
      violations: [{ path: 'process.malloc.lost', metric: 'bytesPerRequest', limit: 32, actual: 64, by: 'baseline' }],
    })
    const mended = (await new SimulatedServer(() => LOADED).measure()).withBaseline(baseline)
    expect(mended.reasons).toContain(
      'the baseline accepts growth of process.malloc.lost, where nothing grew in this run: update the baseline',
    )
  })
})

/** A server whose build counts requests. */
class CountingServer extends SimulatedServer {
  override async counters() {
    const requests = this.served
    return { requests, accepted: 1, handled: 1, active: 0, reading: 0, writing: 0, waiting: 0 }
  }
}

test('a server that has served a route warms it up no more, until somebody else has asked it', async () => {
  const server = new CountingServer(() => LOADED)
  const history = new ServerHistory()
  const warmups = async (notes: readonly string[] = []) => {
    const plan = makePlan({ request: '/t?x={n}', idleMs: 0, settleMs: 0, drainMs: 0 })
    const run = await measure(server, plan, { load: server.load, history, notes })
    expect(run).toMatchObject({ verdict: 'ok', reasons: expect.arrayContaining([...notes]) })
    return run.requests.warmup
  }
  expect(await warmups()).toBe(5003)
  expect(await warmups(['the server had another measurement before'])).toBe(0)
  server.served++
  expect(await warmups()).toBe(5003)
})

test('a moment is read while the next one comes to rest, and not with all others at the end', async () => {
  const readAt: number[] = []
  class Watched extends CountingServer {
    override async snapshot(pid: number): Promise<Snapshot> {
      const { vms, ...rest } = await super.snapshot(pid)
      const note = () => readAt.push(this.served)
      const watched = vms.map((vm) => ({
        ...vm,
        get sources() {
          note()
          return vm.sources
        },
      }))
      return { ...rest, vms: watched }
    }
  }
  const server = new Watched(() => LOADED)
  await server.measure({ rounds: [100, 200, 300], warmup: 10, settleMs: 60_000 })
  expect(readAt).toEqual([11, 111, 311, 611, 611])
})
