import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { shapeOf } from '../../../../plugin/report/words/shape.js'
import type { Growth } from '../../../../plugin/types/growth.js'
import { aGrowth } from '../build.js'

const SCENARIOS = new URL('../../../../scenarios/', import.meta.url)

const OF_TYPE = { objects: 1, bytes: 1, objectsPerRequest: 1, bytesPerRequest: 1 }
const types = (...names: string[]) => Object.fromEntries(names.map((name) => [name, OF_TYPE]))

/** Paths as the scenarios of the same names show them. */
test.each<[string, string, Partial<Growth>]>([
  ['module-table', 'a list that is added to and never cleared', {}],
  [
    'index-wrapped-again',
    'a chain of closures that gets longer',
    {
      path: 'registry._LOADED.guard.protect.^settings_mt.__index(.^previous)+',
      types: types('function', 'upvalue'),
    },
  ],
  [
    'timers-far-ahead',
    'light threads or timers that have not ended',
    { path: 'registry[<ngx_http_lua_coroutines_key>][*]', types: types('thread', 'function', 'table') },
  ],
  ['ctx-stashed', 'request contexts that are kept', { path: 'registry.ngx_lua_ctx_tables[*]', types: types('table') }],
  [
    'one context',
    'one ngx.ctx that is added to and never ends',
    { path: 'registry.ngx_lua_ctx_tables[*].sockets[*]', types: types('table') },
  ],
  [
    'a list in a coroutine of nginx',
    'coroutines that are kept',
    { path: 'registry[<ngx_http_lua_coroutines_key>][*].<stack>[*]', types: types('thread') },
  ],
  [
    'classes',
    'classes that are defined again and again',
    {
      path: 'registry._LOADED.shapes.all[*]',
      types: types('function', 'table'),
      elements: { table: 20157, metatable: 20157 },
    },
  ],
  [
    'records with functions in them',
    'a list that is added to and never cleared',
    { path: 'registry._LOADED.shapes.all[*]', types: types('function', 'table'), elements: { table: 20157 } },
  ],
  ['coroutines', 'coroutines that are kept', { path: 'registry._LOADED.pool.go.^pool[*]', types: types('thread') }],
  [
    'references',
    'references in the registry that are never released',
    { path: 'registry[*]', types: types('function') },
  ],
  [
    'weak-keys-that-are-strings',
    'a weak-key table with string keys',
    { path: 'registry._LOADED.sessions.touch.^sessions{*}', weak: 'k', types: types('string', 'table') },
  ],
  [
    'weak keys that their values hold',
    'a weak table whose values hold their keys',
    { path: 'registry._LOADED.a.^memo[<table>]', weak: 'k', types: types('table') },
  ],
  ['schema-by-table', 'a cache keyed by objects', { path: 'registry._LOADED.schema.validate.^validators[<table>]' }],
  [
    'checker-callbacks',
    'callbacks that are registered again and again',
    {
      path: 'registry._LOADED.events.subscribe.^callbacks[*]',
      types: types('function', 'upvalue', 'table'),
      elements: { function: 2016 },
    },
  ],
  [
    'callbacks of the FFI',
    'callbacks of the FFI that are never freed',
    {
      path: 'registry._LOADED.ffi.metatype.<env>[*]',
      types: types('function'),
      elements: { function: 300 },
    },
  ],
  ['cache-without-bound', 'a cache or lookup table without a bound', { path: 'registry._LOADED.cache.get.^values{*}' }],
  [
    'reused-table-not-cleared',
    'a cache or lookup table without a bound',
    { path: 'registry._LOADED.filter.seen.^names.<keys>' },
  ],
  [
    'string-appended',
    'one text or buffer that gets longer',
    {
      path: 'registry._LOADED.trace.text',
      types: {},
      entriesPerRequest: 0,
      slots: { used: 0, allocated: 0, bytes: 0 },
    },
  ],
])('%s looks like %s', (_scenario, name, overrides) => {
  expect(shapeOf(aGrowth(overrides))?.name).toBe(name)
})

test('nothing is guessed without evidence', () => {
  expect(shapeOf(aGrowth({ path: 'registry._LOADED.demo.thing', types: types('userdata') }))).toBeUndefined()
  expect(
    shapeOf(aGrowth({ path: 'registry._LOADED.demo.t[*]', slots: { used: 0, allocated: 0, bytes: 0 } })),
  ).toBeUndefined()
})

/** What the scenarios leak on the Lua heap, by what they were seen to leak: paths and types from real runs. */
const LEAKING = readdirSync(SCENARIOS).flatMap((name) => {
  const file = new URL(`${name}/expected.json`, SCENARIOS)
  const { growths = [] } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  return (growths as { path: string; types: Record<string, number> }[]).map(({ path, types: seen }) => ({
    name,
    path,
    seen,
  }))
})

test('every scenario that leaks on the Lua heap looks like something', () => {
  expect(LEAKING.length).toBeGreaterThan(10)
  const without = LEAKING.filter(({ path, seen }) => {
    const only = Object.keys(seen).length === 0 && !path.endsWith('[*]') ? { entriesPerRequest: 0 } : {}
    return shapeOf(aGrowth({ path, types: types(...Object.keys(seen)), ...only })) === undefined
  })
  expect(without).toEqual([])
})
