import { describe, expect, test } from 'vitest'
import { analyse } from '../../../../plugin/analysis/analysis.js'
import { makePlan } from '../../../../plugin/measure/plan.js'
import type { Growth } from '../../../../plugin/types/growth.js'
import type { LoadResult } from '../../../../plugin/types/load.js'
import type { Moment, MomentKind } from '../../../../plugin/types/moment.js'
import { type HeapContents, snapshot } from '../build.js'

const ROUNDS = [4000, 2000, 6000, 3000, 5000]
const CONFIRM = [10_000, 20_000]
const WARMUP = 5000

/** Growths and moved paths of a heap that is a function of the requests served. */
function judged(heap: (served: number) => HeapContents): { growths: readonly Growth[]; moved: readonly Growth[] } {
  let [served, second] = [WARMUP, 0]
  const take = (kind: MomentKind, requests = 0): Moment => {
    served += requests
    const load = requests > 0 && { load: { completed: requests } as LoadResult }
    return { kind, ...load, snapshots: [snapshot(heap(served), { takenAtMs: 1000 * second++ })], others: [] }
  }
  const { growths, moved } = analyse({
    plan: makePlan({ request: '/t', rounds: ROUNDS, confirm: CONFIRM }),
    runtime: { kind: 'local', description: '', notices: [] },
    workers: [7],
    others: [],
    moments: [
      take('start'),
      take('idle'),
      ...ROUNDS.map((requests) => take('planned', requests)),
      ...CONFIRM.map((requests) => take('confirm', requests)),
      take('drain'),
    ],
    faults: [],
    notes: [],
  })
  return { growths, moved }
}

/** What tells growths apart, on one line each. */
function told(growths: readonly Growth[]): string[] {
  return growths.map(({ class: found, path, types, entriesPerRequest }) => {
    const rates = Object.entries(types).map(([type, { objectsPerRequest }]) => `${type} ${objectsPerRequest}`)
    return `${found} ${path}: ${[...rates, `entries ${entriesPerRequest}`].join(', ')}`
  })
}

const told1 = (heap: (served: number) => HeapContents) => told(judged(heap).growths)

test('what resty.core compiles for ngx.re.sub is bounded by its own limit', () => {
  const path = 'registry._LOADED["resty.core.regex"].set_buf_grow_ratio.^regex_sub_func_cache.jo'
  const { growths, moved } = judged((n) => ({
    [path]: { table: 1, e: { '{*}': n } },
    [`${path}{*}`]: { cdata: n, string: n },
  }))
  expect(growths).toEqual([])
  expect(moved).toMatchObject([{ class: 'bounded', why: 'lua_regex_cache_max_entries limits it, 1024 by default' }])
})

test('references that nginx gave back are no entries: a new peak of coroutines is no growth', () => {
  const path = 'registry[<ngx_http_lua_coroutines_key>]'
  const { growths, moved } = judged((n) => ({
    [path]: { table: 1, e: { '[*]': n } },
    [`${path}[*]`]: { thread: 20 },
  }))
  expect([...growths, ...moved]).toEqual([])
})

describe('a container and its contents have one class', () => {
  /** 60 % of the list is full before the confirming rounds end; 40 % of its rows have a note. */
  const full = (n: number) => Math.min(n, 26_000)
  const list = (held: number): HeapContents => ({
    'globals.a': { table: 1, e: { '[*]': held } },
    'globals.a[*]': { table: held, e: { '{*}': held } },
    'globals.a[*].id': { string: held, pay: 20 * held },
  })

  test('a list that is full, and the rows in it, which were still growing when it filled', () => {
    const { growths, moved } = judged((n) => list(full(n)))
    expect(growths).toEqual([])
    expect(told(moved)).toEqual([expect.stringMatching(/^(?:plateau|slowing) globals\.a\[\*\]: /)])
  })

  test('but what each row adds to is a leak of its own', () => {
    const { growths } = judged((n) => ({
      ...list(1000),
      'globals.a[*].log': { table: 1000, e: { '[*]': n } },
      'globals.a[*].log[*]': { string: n },
    }))
    expect(told(growths)).toEqual(['leak globals.a[*].log[*]: string 1, entries 1'])
  })

  test('keys that get longer as they replace others are no leak', () => {
    const { growths } = judged((n) => ({
      'globals.a': { table: 1, e: { '{*}': 1000 } },
      'globals.a{*}': { string: 1000, pay: 8000 + Math.min(1000, Math.max(0, n - 9000)) },
    }))
    expect(growths).toEqual([])
  })

  test('a buffer that grows has its rate in bytes', () => {
    const { growths } = judged((n) => ({ 'globals.out': { userdata: 1, pay: 10 * n } }))
    expect(growths).toMatchObject([
      { class: 'leak', path: 'globals.out', bytesPerRequest: 10, types: { userdata: { bytesPerRequest: 10 } } },
    ])
  })
})

describe('one growth per container', () => {
  test('counts all that hangs on its elements, whatever their type', () => {
    expect(
      told1((n) => ({
        'globals.a': { table: 1, e: { '[*]': n } },
        'globals.a[*]': { table: n, e: { '{*}': 2 * n } },
        'globals.a[*].list': { table: n, e: { '[*]': 2 * n } },
        'globals.a[*].list[*]': { string: 2 * n },
        'globals.a[*].name': { string: n },
      })),
    ).toEqual(['leak globals.a[*]: string 3, table 2, entries 1'])
  })

  test('keeps two containers apart, the larger one first', () => {
    expect(
      told1((n) => ({
        'globals.a': { table: 1, e: { '[*]': n } },
        'globals.a[*]': { string: [n, 50 * n] },
        'globals.b': { table: 1, e: { '[*]': n } },
        'globals.b[*]': { string: [n, 60 * n] },
      })),
    ).toEqual(['leak globals.b[*]: string 1, entries 1', 'leak globals.a[*]: string 1, entries 1'])
  })

  test('counts collapsed keys with their values', () => {
    expect(
      told1((n) => ({
        'globals.a': { table: 1, e: { '{*}': n } },
        'globals.a{*}': { table: n },
        'globals.a.<keys>': { string: n },
      })),
    ).toEqual(['leak globals.a{*}: string 1, table 1, entries 1'])
  })

  test('names the keys alone where their values are no objects', () => {
    expect(told1((n) => ({ 'globals.a': { table: 1, e: { '{*}': n } }, 'globals.a.<keys>': { string: n } }))).toEqual([
      'leak globals.a.<keys>: string 1, entries 1',
    ])
  })

  test('counts tables that are keys, and what hangs on them, with their entries', () => {
    expect(
      told1((n) => ({
        'globals.a': { table: 1, e: { '[<table>]': n } },
        'globals.a[<table>]': { userdata: n },
        'globals.a.<keys>': { table: n },
        'globals.a.<keys>.name': { string: n },
      })),
    ).toEqual(['leak globals.a[<table>]: string 1, table 1, userdata 1, entries 1'])
  })

  test('tells entries alone where the elements are numbers', () => {
    const { growths } = judged((n) => ({
      'globals.a': { table: 1, e: { '[*]': n }, sl: [n, n + 100, 0, 0, 8 * (n + 100)] },
    }))
    expect(growths).toMatchObject([
      {
        path: 'globals.a[*]',
        types: {},
        entriesPerRequest: 1,
        rounds: [...ROUNDS, ...CONFIRM],
        slots: { used: 20_000, allocated: 20_000, bytes: 160_000 },
      },
    ])
  })

  test('tells the object whose contents alone grow', () => {
    const { growths } = judged((n) => ({ 'globals.s': { string: [1, 25 + 3 * n], pay: 3 * n } }))
    expect(growths).toMatchObject([
      {
        path: 'globals.s',
        rounds: [...ROUNDS, ...CONFIRM].map((requests) => 3 * requests),
        types: { string: { objects: 0, bytes: 60_000, bytesPerRequest: 3 } },
        bytesPerRequest: 3,
        objectsPerRequest: 0,
      },
    ])
  })

  test('tells a chain at the chain', () => {
    expect(told1((n) => ({ 'globals.f': { function: 1 }, 'globals.f(.^p)+': { function: n, upvalue: n } }))).toEqual([
      'leak globals.f(.^p)+: function 1, upvalue 1, entries 0',
    ])
  })

  test('takes new globals together, though they never collapse, and leaves the old ones alone', () => {
    expect(
      told1((n) => ({
        globals: { table: 1, e: { '{*}': 1 + Math.floor(n / 1000) } },
        'globals.old': { table: 1, e: { '[*]': n } },
        'globals.old[*]': { string: n },
        ...Object.fromEntries(
          Array.from({ length: Math.floor(n / 1000) }, (_, key) => [`globals.new${key}`, { table: 1 }] as const),
        ),
      })),
    ).toEqual(['leak globals.old[*]: string 1, entries 1', 'leak globals{*}: table 0.001, entries 0.001'])
  })

  test('does not count what old globals gained among the new ones', () => {
    expect(
      told1((n) => ({
        globals: { table: 1, e: { '{*}': 1 + Math.floor(n / 1000) } },
        'globals.pool': { table: 1 },
        'globals.pool[*]': { table: Math.min(n, 10_000) },
        ...Object.fromEntries(
          Array.from({ length: Math.floor(n / 1000) }, (_, key) => [`globals.new${key}`, { table: 1 }] as const),
        ),
      })),
    ).toEqual(['leak globals{*}: table 0.001, entries 0.001'])
  })

  test('is told below a cache that is only filling', () => {
    const { growths, moved } = judged((n) => ({
      'globals.byKey': { table: 1, e: { '[*]': Math.min(n, 8000) } },
      'globals.byKey[*]': { table: Math.min(n, 8000) },
      'globals.byKey[*].log': { table: 1, e: { '[*]': n } },
      'globals.byKey[*].log[*]': { string: n },
    }))
    expect(told(growths)).toEqual(['leak globals.byKey[*].log[*]: string 1, entries 1'])
    expect(moved.map(({ class: found, path, rounds }) => ({ found, path, rounds }))).toEqual([
      { found: 'one-off', path: 'globals.byKey[*]', rounds: [3000, 0, 0, 0, 0, 0, 0] },
    ])
  })
})

test('the elements are told apart from what hangs on them', () => {
  const { growths } = judged((n) => ({
    'globals.a': { table: 1, e: { '[*]': n } },
    'globals.a[*]': { table: n + 3, mts: n, e: { '{*}': n } },
    'globals.a[*].call': { function: n },
  }))
  expect(growths).toMatchObject([{ elements: { table: 20_000, metatable: 20_000 }, types: { function: {} } }])
  expect(growths[0]!.elements).not.toHaveProperty('function')
})

describe('the source', () => {
  const heap = (n: number): HeapContents => ({
    'globals.outer': { function: 1, src: 'outer.lua:1' },
    'globals.outer.^inner': { function: 1, src: 'inner.lua:2' },
    'globals.outer.^inner.^list': { table: 1, e: { '[*]': n } },
    'globals.outer.^inner.^list[*]': { function: n, src: 'element.lua:3' },
  })

  test('is the nearest function above the container', () => {
    expect(judged(heap).growths[0]!.source).toBe('inner.lua:2')
  })

  test('is never that of the coroutines or functions that pile up, which tell where they are defined', () => {
    const [growth] = judged((n) => ({
      'globals.f': { function: 1, src: 'f.lua:1' },
      'globals.f.^t': { table: 1, e: { '[*]': 2 * n } },
      'globals.f.^t[*]': { thread: 2 * n, src: 'a.lua:1', def: { 'body.lua:9': n + 7, 'a.lua:1': 7, 'c.lua:2': n } },
    })).growths
    expect(growth).toMatchObject({ source: 'f.lua:1', file: 'f.lua', line: 1 })
    expect(growth!.types.thread!.definedAt).toEqual([
      { source: 'body.lua:9', file: 'body.lua', line: 9, objects: 20_000 },
      { source: 'c.lua:2', file: 'c.lua', line: 2, objects: 20_000 },
    ])
    const list = judged((n) => ({
      'globals.t': { table: 1, e: { '[*]': n } },
      'globals.t[*]': { function: n, src: 'leaked.lua:3', def: { 'leaked.lua:3': n } },
    }))
    expect(list.growths).toMatchObject([
      { source: null, file: null, line: null, types: { function: { definedAt: [{ source: 'leaked.lua:3' }] } } },
    ])
  })

  describe("among nginx's own coroutines", () => {
    const coroutines = 'registry[<ngx_http_lua_coroutines_key>]'

    test('is the body of those that came, not of one that is there throughout', () => {
      const { growths } = judged((n) => ({
        [coroutines]: { table: 1, e: { '[*]': n + 1 } },
        [`${coroutines}[*]`]: { thread: n + 1, src: 'a.lua:1', def: { 'waiting.lua:4': n, 'a.lua:1': 1 } },
        [`${coroutines}[*].<stack>`]: { table: n, function: 3, src: '/lib/aa.lua:1', def: { '/lib/aa.lua:1': 3 } },
      }))
      expect(growths).toMatchObject([{ source: 'waiting.lua:4' }])
    })

    const inOneOf = (def: Record<string, number>) =>
      judged((n) => ({
        [coroutines]: { table: 1, e: { '[*]': 2 } },
        [`${coroutines}[*]`]: { thread: 2, src: 'a.lua:1', def },
        [`${coroutines}[*].<stack>`]: { table: 1, function: 1, src: '/lib/semaphore.lua:9', e: { '[*]': n } },
        [`${coroutines}[*].<stack>[*]`]: { string: n },
      })).growths[0]!.source

    test('is the body of the only kind, where they do not get more but hold more and more', () => {
      expect(inOneOf({ 'worker.lua:5': 2 })).toBe('worker.lua:5')
    })

    test('is missing where any of several kinds may hold what grows', () => {
      expect(inOneOf({ 'worker.lua:5': 1, 'a.lua:1': 1 })).toBeNull()
    })
  })

  test('is not the class of a cache for what grows within the things that it keeps', () => {
    const { growths } = judged((n) => ({
      'globals.cache': { table: 1, cls: '/srv/cache.lua:9' },
      'globals.cache.items': { table: 1, e: { '{*}': 900 } },
      'globals.cache.items{*}': { table: 900 },
      'globals.cache.items{*}.hits': { table: 900, e: { '[*]': n } },
      'globals.cache.items{*}.hits[*]': { string: n },
    }))
    expect(growths).toMatchObject([{ path: 'globals.cache.items{*}.hits[*]', source: null }])
  })

  test('is the class of the nearest object where no function is on the path', () => {
    const heap = (cls: Record<string, string>) => (n: number) => ({
      'registry._LOADED.app': { table: 1 },
      'registry._LOADED.app.get': { function: 1, src: '/srv/app.lua:3' },
      'registry._LOADED.app.tally': { table: 1, ...cls },
      'registry._LOADED.app.tally.seen': { table: 1, e: { '[*]': n } },
      'registry._LOADED.app.tally.seen[*]': { table: n, cls: '/srv/item.lua:2' },
    })
    expect(judged(heap({ cls: '/srv/tally.lua:4' })).growths).toMatchObject([
      { source: 'tally.lua:4', file: '/srv/tally.lua', line: 4 },
    ])
    expect(judged(heap({})).growths).toMatchObject([{ source: null, file: '/srv/app.lua', moduleFile: 'app.lua' }])
  })

  test('names a file by as much of its path as no other file has', () => {
    const { growths } = judged((n) => ({
      'globals.a': { function: 1, src: '/srv/plugins/alpha/handler.lua:1' },
      'globals.b': { function: 1, src: '/srv/plugins/beta/handler.lua:3' },
      'globals.b.^list': { table: 1, e: { '[*]': n } },
      'globals.b.^list[*]': { function: n, def: { '/srv/plugins/beta/own.lua:5': n } },
    }))
    expect(growths).toMatchObject([
      { source: 'handler.lua:3', file: '/srv/plugins/beta/handler.lua', line: 3, shortFile: 'beta/handler.lua' },
    ])
    expect(growths[0]!.types.function!.definedAt![0]).not.toHaveProperty('shortFile')
  })

  test('is missing where there is no function', () => {
    const { growths } = judged((n) => ({ 'globals.t': { table: 1, e: { '[*]': n } } }))
    expect(growths[0]!.source).toBeNull()
  })
})

describe('a recognised cache', () => {
  const cache = (items: number): HeapContents => ({
    'globals.c': { table: 1, lru: [1, items, 100_000] },
    'globals.c.hasht': { table: 1, e: { '{*}': items } },
    'globals.c.hasht{*}': { table: items },
    'globals.c.hasht.<keys>': { string: items },
  })

  test('is bounded while it fills, with items and capacity', () => {
    const { growths, moved } = judged((n) => cache(Math.floor(n / 2)))
    expect(growths).toEqual([])
    expect(moved).toMatchObject([
      { class: 'bounded', path: 'globals.c.hasht{*}', bound: { items: 27_500, max: 100_000 } },
    ])
  })

  test('does not excuse what grows below its items', () => {
    const { growths } = judged((n) => ({
      ...cache(10),
      'globals.c.hasht{*}.log': { table: 10, e: { '[*]': n } },
      'globals.c.hasht{*}.log[*]': { string: n },
    }))
    expect(told(growths)).toEqual(['leak globals.c.hasht{*}.log[*]: string 1, entries 1'])
  })

  test('made anew with each request is a leak of caches', () => {
    const { growths } = judged((n) => ({
      'globals.all': { table: 1, e: { '[*]': n } },
      'globals.all[*]': { table: n, lru: [n, n, 10 * n] },
    }))
    expect(told(growths)).toEqual(['leak globals.all[*]: table 1, entries 1'])
  })
})

describe("ngx_lua's coroutines", () => {
  const coroutines = (all: number, idle: number): HeapContents => ({
    'registry[<ngx_http_lua_coroutines_key>]': { table: 1, e: { '[*]': all } },
    'registry[<ngx_http_lua_coroutines_key>][*]': { thread: all, idle },
  })

  test('that wait to be used again are no growth, however many the last peak needed', () => {
    const { growths, moved } = judged((n) => coroutines(50 + n / 100, 40 + n / 100))
    expect([...growths, ...moved]).toEqual([])
  })

  test('that have finished are a leak where they are more than ngx_lua keeps for reuse', () => {
    const { growths } = judged((n) => coroutines(n, n))
    expect(told(growths)).toEqual(['leak registry[<ngx_http_lua_coroutines_key>][*]: thread 1, entries 1'])
  })

  test('that still run are a leak beside any number that wait', () => {
    const { growths } = judged((n) => coroutines(600 + n / 100, 600))
    expect(told(growths)).toEqual(['leak registry[<ngx_http_lua_coroutines_key>][*]: thread 0.01, entries 0.01'])
  })
})

test('types that did not grow with the rest are left out', () => {
  const { growths } = judged((n) => ({
    'globals.a': { table: 1, e: { '[*]': n } },
    'globals.a[*]': { string: n, table: 4 },
  }))
  expect(Object.keys(growths[0]!.types)).toEqual(['string'])
})

test('contents that vary do not keep a table undecided whose entries have settled', () => {
  const { moved } = judged((n) => ({
    'globals.a': { table: 1, e: { '[*]': Math.min(n, 24_900) } },
    'globals.a[*]': { string: Math.min(n, 24_900), pay: Math.round(1000 * Math.log(n)) },
  }))
  expect(moved.map((growth) => growth.class)).toEqual(['plateau'])
})

describe('cdata', () => {
  const kept = (n: number): HeapContents => ({
    'globals.kept': { table: 1, e: { '[*]': n } },
    'globals.kept[*]': {
      cdata: n,
      ct: [
        ['struct foo', '/srv/app/gc.lua:12', n / 2],
        ['void *', 'C function free', n / 4],
        ['int [4]', null, n / 4 - 200],
        ['double', null, 200],
      ],
    },
  })

  test('are told by C type and what frees them, those that grew', () => {
    const [growth, ...others] = judged(kept).growths
    expect(others).toEqual([])
    expect(growth?.types.cdata).toEqual({
      objects: 20_000,
      bytes: 480_000,
      objectsPerRequest: 1,
      bytesPerRequest: 24,
      ctypes: [
        { name: 'struct foo', finalizer: 'gc.lua:12', objects: 10_000 },
        { name: 'int [4]', finalizer: null, objects: 5000 },
        { name: 'void *', finalizer: 'C function free', objects: 5000 },
      ],
    })
  })

  test('are told as so many where paths are taken together', () => {
    const one = (key: string, n: number): HeapContents => ({
      [`globals.by_key.${key}`]: { cdata: n, ct: [['struct foo', null, n]] },
    })
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}`)
    const [growth] = judged((n) => ({
      'globals.by_key': { table: 1, e: { '{*}': n } },
      ...Object.assign({}, ...keys.filter((_, index) => n > 6000 + 100 * index).map((key) => one(key, n / 20))),
    })).growths
    expect(growth).toMatchObject({ path: 'globals.by_key{*}' })
    expect(growth?.types.cdata?.ctypes).toEqual([
      { name: 'struct foo', finalizer: null, objects: growth?.types.cdata?.objects },
    ])
  })

  test.each(['gcroot.ffi_fin', 'registry._LOADED.ffi.gc.<env>'])('are not told again as entries of %s', (path) => {
    const { growths, moved } = judged((n) => ({
      ...kept(n),
      [path]: { table: 1, e: { '[<cdata>]': n }, sl: [0, 0, n, 2 ** Math.ceil(Math.log2(n)), 24 * n] },
    }))
    expect([...growths, ...moved].map((growth) => growth.path)).toEqual(['globals.kept[*]'])
  })

  test('tell a closure made to free each of them where it hangs', () => {
    expect(
      told1((n) => ({
        ...kept(n),
        'gcroot.ffi_fin': { table: 1, e: { '[<cdata>]': n } },
        'gcroot.ffi_fin[<cdata>]': { function: n },
      })),
    ).toEqual(['leak gcroot.ffi_fin[<cdata>]: function 1, entries 0', 'leak globals.kept[*]: cdata 1, entries 1'])
  })
})

describe('where no function is on the path', () => {
  const heap = (functions: HeapContents) => (n: number) => ({
    'registry._LOADED.app': { table: 1 },
    ...functions,
    'registry._LOADED.app.stats': { table: 1, e: { '[*]': n } },
    'registry._LOADED.app.stats[*]': { string: n },
  })

  test('the file of most functions of the module is told', () => {
    const { growths } = judged(
      heap({
        'registry._LOADED.app.access': { function: 1, src: '/srv/lua/app.lua:5' },
        'registry._LOADED.app.clone': { function: 1, src: '/srv/lua/a-helper.lua:1' },
        'registry._LOADED.app.log': { function: 1, src: '/srv/lua/app.lua:9' },
      }),
    )
    expect(growths).toMatchObject([{ source: null, moduleFile: 'app.lua', file: '/srv/lua/app.lua', line: null }])
  })

  test('nothing is told where the module has no Lua function', () => {
    const [growth] = judged(heap({})).growths
    expect(growth).toMatchObject({ source: null })
    expect(growth).not.toHaveProperty('moduleFile')
  })
})

describe('lines that may add, from the bytecode alone', () => {
  const DEMO = 'registry._LOADED.demo.go.^foo'
  const lines = (heap: (served: number) => HeapContents) =>
    judged(heap).growths.map(({ path, mayBeAddedAt = [] }) => [
      path,
      mayBeAddedAt.map(({ source, file, line, function: name }) => `${source} ${file}:${line} ${name}`),
    ])

  test('are those that add entries to the container of what grows', () => {
    const heap = (n: number): HeapContents => ({
      [DEMO]: {
        table: 1,
        e: { '[*]': n },
        add: ['/srv/demo.lua:9', '/srv/demo.lua:5 go'],
        set: ['/srv/demo.lua:7 reset'],
      },
      [`${DEMO}[*]`]: { string: n, add: ['/srv/other.lua:1 never'] },
    })
    expect(lines(heap)).toEqual([[`${DEMO}[*]`, ['demo.lua:5 /srv/demo.lua:5 go', 'demo.lua:9 /srv/demo.lua:9 null']]])
  })

  test('are those that put another container there where none adds to it', () => {
    const heap = (n: number): HeapContents => ({
      [DEMO]: { table: 1, e: { '[*]': n }, set: ['/srv/demo.lua:7 copy'] },
      [`${DEMO}[*]`]: { string: n },
    })
    expect(lines(heap)).toEqual([[`${DEMO}[*]`, ['demo.lua:7 /srv/demo.lua:7 copy']]])
  })

  test('of a chain are those that set its head, and Lua of the conf is told by the line of the conf', () => {
    const heap = (n: number): HeapContents => ({
      'registry._LOADED.guard.mt.__index': { function: 1, set: ['content_by_lua(nginx.conf:17):3 wrap'] },
      'registry._LOADED.guard.mt.__index(.^previous)+': { function: n, upvalue: n },
    })
    expect(lines(heap)).toEqual([
      ['registry._LOADED.guard.mt.__index(.^previous)+', ['nginx.conf:19 nginx.conf:19 wrap']],
    ])
  })

  test('are told of growth only', () => {
    const heap = (n: number): HeapContents => ({
      [DEMO]: { table: 1, e: { '[*]': Math.min(n, 9500) }, add: ['/srv/demo.lua:5 go'] },
      [`${DEMO}[*]`]: { string: Math.min(n, 9500) },
    })
    const { growths, moved } = judged(heap)
    expect([growths, moved.map(({ mayBeAddedAt }) => mayBeAddedAt)]).toEqual([[], [undefined]])
  })
})
