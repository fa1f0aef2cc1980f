import type { BaselineUpdate } from '../../../plugin/types/budget.js'
import type { Growth } from '../../../plugin/types/growth.js'
import type { LoadResult } from '../../../plugin/types/load.js'
import type { PathTree } from '../../../plugin/types/path-tree.js'
import type { LeakReport, ProcessGrowth } from '../../../plugin/types/report.js'
import type { WatchRound } from '../../../plugin/types/watch.js'

/** The growth of the classic module table; override what a test is about. */
export function aGrowth(overrides: Partial<Growth> = {}): Growth {
  return {
    class: 'leak',
    vm: 'http',
    path: 'registry._LOADED.demo.go.^foo[*]',
    source: 'demo.lua:5',
    workers: [{ pid: 7646, share: 1 }],
    coveredBy: null,
    rounds: [3929, 1973, 6263, 3389, 4603, 9337, 22157],
    objectsPerRequest: 1,
    bytesPerRequest: 42.1,
    entriesPerRequest: 1,
    slots: { used: 20157, allocated: 32768, bytes: 262144 },
    types: { string: { objects: 20157, bytes: 848610, objectsPerRequest: 1, bytesPerRequest: 42.1 } },
    capacity: { part: 'array', before: 8192, after: 32768, used: 20157 },
    ...overrides,
  }
}

/** A clean run of nine exact snapshots; override what a test is about. */
export function aReport(overrides: Partial<LeakReport> = {}): LeakReport {
  return {
    format: 'openresty-leak-report/1',
    verdict: 'ok',
    passed: true,
    reasons: [],
    runtime: { kind: 'local', description: 'nginx 1.22.1 + ngx_http_lua_module', workers: [7646] },
    requests: {
      asked: 20157,
      completed: 20157,
      counter: 20157,
      rounds: [3929, 1973, 6263, 3389, 4603],
      warmup: 5003,
      confirm: [],
    },
    growths: [],
    moved: [],
    violations: [],
    process: { rss: { before: 24_100_000, after: 26_400_000 }, growths: [] },
    load: null,
    snapshots: Array.from({ length: 9 }, () => ({
      pid: 7646,
      vm: 'http',
      gcTotal: 1_000_000,
      accounted: 1,
      pauseMs: 1,
    })),
    ...overrides,
  }
}

/** A run that found `growths`, after its confirming rounds. */
export function aLeak(growths: readonly Growth[] = [aGrowth()], overrides: Partial<LeakReport> = {}): LeakReport {
  const report = aReport()
  return aReport({
    verdict: 'leak',
    passed: false,
    requests: { ...report.requests, confirm: [9337, 22157] },
    growths,
    ...overrides,
  })
}

/** The heap of the classic module table: 5,003 strings before, 25,160 after, and a folded remainder. */
export function somePaths(): PathTree[] {
  return [
    {
      vm: 'http',
      nodes: [
        { p: -1, s: 'registry', b: [0, 0], o: [0, 0] },
        { p: 0, s: '._LOADED', b: [64, 64], o: [1, 1], t: 'table' },
        { p: 1, s: '', b: [400, 300], o: [10, 8], more: 7 },
        { p: 1, s: '.demo', b: [64, 64], o: [1, 1], t: 'table' },
        { p: 3, s: '.go', b: [48, 48], o: [1, 1], t: 'function', src: 'demo.lua:5' },
        { p: 4, s: '.^foo', b: [65648, 262256], o: [2, 2], t: 'table upvalue' },
        { p: 5, s: '[*]', b: [210126, 1056720], o: [5003, 25160], t: 'string' },
      ],
    },
  ]
}

/** Lost memory from C, whose last holders were seen; override what a test is about. */
export function aProcessGrowth(overrides: Partial<ProcessGrowth> = {}): ProcessGrowth {
  return {
    class: 'leak',
    category: 'malloc',
    holder: 'lost',
    ctype: 'struct parcel *',
    finalizer: null,
    bytes: 18_383_184,
    bytesPerRequest: 912,
    blocks: 20_157,
    objectsPerRequest: 1,
    rounds: [3929, 1973, 6263, 3389, 4603, 9337, 22157].map((requests) => requests * 912),
    coveredBy: null,
    why: 'in 7 of 7 rounds',
    ...overrides,
  }
}

/** The load of a run; override its latencies, in microseconds. */
export function aLoad(latency: Partial<LoadResult['latencyUs']> = {}): LoadResult {
  const latencyUs = { min: 90, mean: 140, stdev: 20, max: 2100, p50: 137, p75: 150, p90: 180, p99: 1630, p999: 1900 }
  return {
    asked: 20157,
    completed: 20157,
    durationMs: 300,
    bytesRead: 1,
    statuses: { 200: 20157 },
    unexpected: 0,
    errors: { connect: 0, reset: 0, timeout: 0, closed: 0 },
    requestsPerSecond: 66_662.3,
    latencyUs: { ...latencyUs, ...latency },
    perRequest: { 'GET /t': 20157 },
  }
}

/** Twelve reports that differ in what the forms have to tell, by what they are about. */
export function someReports(): Readonly<Record<string, LeakReport>> {
  const tables = { objects: 20157, bytes: 2_300_000, objectsPerRequest: 1, bytesPerRequest: 114.2 }
  const lookup = aGrowth({
    path: 'registry._LOADED.metrics.observe.^lookup.GET{*}',
    source: 'metrics.lua:4',
    objectsPerRequest: 3,
    bytesPerRequest: 204,
    types: { table: tables, string: { objects: 40314, bytes: 1_900_000, objectsPerRequest: 2, bytesPerRequest: 94.3 } },
  })
  const added = {
    source: 'demo.lua:5',
    file: 'lua/demo.lua',
    line: 5,
    perRequest: 1,
    requests: 40,
    watched: 40,
    function: 'go',
    stack: ['nginx.conf:18'],
    calledFrom: 'nginx.conf:18',
    excerpt: { from: 4, lines: ['function _M.go()', '    foo[#foo + 1] = "hello " .. #foo', '    ngx.say(#foo)'] },
  }
  const perSecond = aGrowth({ class: 'clock', perSecond: 20, why: 'it grows while idle' })
  const offHeap = (growth: Partial<ProcessGrowth>) => ({
    process: { rss: { before: 24_100_000, after: 44_400_000 }, growths: [aProcessGrowth(growth)] },
  })
  const budget = {
    path: 'package.loaded.demo.foo',
    metric: 'strings',
    limit: 64_000,
    actual: 848_610,
    level: 'error',
  } as const
  return {
    'a leak with its heap': aLeak([aGrowth()], { paths: somePaths(), load: aLoad() }),
    'a lookup table': aLeak([lookup]),
    'the line that adds': aLeak([aGrowth({ addedAt: [added] })]),
    'two leaks, which a baseline accepts from now on': aLeak([lookup, aGrowth()], { baselineUpdate: anUpdate() }),
    'a leak by the clock': aLeak([perSecond]),
    'by connection': aLeak([aGrowth({ per: 'connection' })], { per: 'connection' }),
    'malloc that is lost': aLeak([], offHeap({})),
    'a shared dictionary': aLeak([], offHeap({ category: 'shm', zone: 'cache', entries: 20157, entriesPerRequest: 1 })),
    'a budget': aLeak([aGrowth({ coveredBy: 'budget' })], { violations: [budget] }),
    'what moved': aReport({ moved: [aGrowth({ class: 'plateau', why: 'it levelled off' })], sensitivity: 1 / 2518 }),
    undecided: aReport({ verdict: 'inconclusive', passed: false, reasons: ['globals.cache{*} slows down'] }),
    'several workers': aLeak([
      aGrowth({
        workers: [
          { pid: 7646, share: 0.75 },
          { pid: 7647, share: 0.25 },
        ],
      }),
    ]),
  }
}

/** What `vitest -u` wrote to a baseline: an entry of each kind. */
export function anUpdate(): BaselineUpdate {
  const rates = { class: 'leak', objectsPerRequest: 1, entriesPerRequest: 1, bytesPerRequest: 42.1 } as const
  return {
    file: 'leaks.json',
    section: 'a.leak.test.ts > GET /t',
    entries: [
      { path: 'globals.old[*]', change: 'removed', accepted: { class: 'clock', perSecond: 20 } },
      { path: 'registry._LOADED.demo.go.^foo[*]', change: 'new', accepts: rates },
      {
        path: 'stream globals.text',
        change: 'changed',
        accepts: { class: 'leak', bytesPerRequest: 8 },
        accepted: rates,
      },
      { path: 'process.malloc.lost', change: 'kept', accepts: rates, accepted: rates },
    ],
  }
}

/** What a report of 23 November says it is of. */
export function anIdentity(): NonNullable<LeakReport['identity']> {
  return {
    takenAt: '2026-11-23T12:00:00.000Z',
    version: '0.1.0',
    revision: { commit: '1a2b3c4d5e6f', ref: 'main', dirty: true },
    machine: { cpu: 'a cpu', cores: 2, os: 'Linux 6.1', node: 'v20.20.0' },
    luajit: 'openresty gc64',
  }
}

/** One look of a watch; override what a test is about. */
export function aWatchRound(overrides: Partial<WatchRound> = {}): WatchRound {
  return {
    round: 1,
    atMs: 1_764_000_005_000,
    seconds: 5,
    requests: 10_030,
    workers: [7646],
    objects: 2028,
    bytes: 186_900,
    pauseMs: 1.3,
    ...overrides,
  }
}

/** A clean watch of four rounds, one look of which was left out. */
export function aWatch(overrides: Partial<LeakReport> = {}): LeakReport {
  const first = aWatchRound({ round: 0, seconds: 0, requests: null })
  return aReport({
    requests: {
      asked: 40_120,
      completed: 40_120,
      counter: 40_120,
      rounds: Array(4).fill(10_030),
      warmup: 0,
      confirm: [],
    },
    watch: {
      everyMs: 5000,
      ended: 'rounds',
      rounds: [first, ...[1, 2, 3, 4].map((round) => aWatchRound({ round }))],
      judged: { from: 0, to: 4 },
      skipped: [{ atMs: 1_764_000_020_000, skipped: 'not tried' }],
      pause: { totalMs: 6.5, longestMs: 1.3, share: 0.000325 },
    },
    ...overrides,
  })
}
