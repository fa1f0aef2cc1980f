import { expect, test } from 'vitest'
import { parsePath } from '../../../plugin/heap/path.js'
import { watchSteps } from '../../../plugin/locate/steps.js'
import { luaValue } from '../../../plugin/locate/watcher.js'

test('each kind of step is taken as Lua can take it', () => {
  const path =
    'registry._LOADED["a.b"].go.^foo[*]{*}[<table>][<ngx_http_lua_coroutines_key>].<metatable>.<stack>(.^next.at)+'
  expect(watchSteps(parsePath(path).slice(1))).toEqual([
    ['key', '_LOADED'],
    ['key', 'a.b'],
    ['key', 'go'],
    ['upvalue', 'foo'],
    ['each', 'number'],
    ['each', 'string'],
    ['each', 'table'],
    ['light_key', 'ngx_http_lua_coroutines_key'],
    ['metatable'],
    ['stack'],
    [
      'chain',
      [
        ['upvalue', 'next'],
        ['key', 'at'],
      ],
    ],
  ])
})

test('a long key is known by its beginning and its length', () => {
  expect(watchSteps(['["abc"...(812 bytes)]'])).toEqual([['long_key', 'abc', 812]])
})

test('prototypes and traces are out of reach', () => {
  expect(watchSteps(['.go', '.<proto>'])).toBeNull()
})

test('any key of a heap is written as Lua reads it', () => {
  expect(luaValue({ zone: 'a"\\\n\u00e9', of: undefined, steps: [['key', 'a']] })).toBe(
    '{ ["zone"] = "a\\034\\092\\010\\195\\169", ["steps"] = { { "key", "a" } } }',
  )
})
