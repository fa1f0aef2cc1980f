import { describe, expect, test } from 'vitest'
import { chainSteps, parsePath, parsePattern, printPath } from '../../../plugin/heap/path.js'
import { luaPath, prettyPath, splitElements } from '../../../plugin/heap/path-words.js'

describe('parsePath', () => {
  test.each([
    ['registry', ['registry']],
    ['registry._LOADED.demo.go.^foo[*]', ['registry', '._LOADED', '.demo', '.go', '.^foo', '[*]']],
    ['globals["any key"]["a.b[\\"c\\"]"]', ['globals', '["any key"]', '["a.b[\\"c\\"]"]']],
    ['globals["long"...(300 bytes)]{*}', ['globals', '["long"...(300 bytes)]', '{*}']],
    ['main.<stack>.<keys>[<table>]', ['main', '.<stack>', '.<keys>', '[<table>]']],
    ['gcroot.mmname.<metatable>', ['gcroot.mmname', '.<metatable>']],
    ['registry[<ngx_http_lua_coroutines_key>][*]', ['registry', '[<ngx_http_lua_coroutines_key>]', '[*]']],
    ['registry[<nginx+0x1f>].^1', ['registry', '[<nginx+0x1f>]', '.^1']],
    ['globals.a(.^previous.b)+.c', ['globals', '.a', '(.^previous.b)+', '.c']],
  ])('reads %s', (text, steps) => {
    expect(parsePath(text)).toEqual(steps)
    expect(printPath(steps)).toBe(text)
  })

  test('takes package.loaded and _G for what they are in the heap', () => {
    expect(printPath(parsePath('package.loaded["resty.core"]'))).toBe('registry._LOADED["resty.core"]')
    expect(printPath(parsePath('_G.ngx'))).toBe('globals.ngx')
    expect(() => parsePath('_Gx')).toThrow('_Gx')
  })

  test.each(['', 'demo.foo', 'package.loadedx'])('refuses the root of %j and names the legal ones', (text) => {
    expect(() => parsePath(text)).toThrow(/no reference path: it starts with registry, globals \(or _G\), main/)
  })

  test.each([
    ['registry.', "from '.' on"],
    ['registry._LOADED.my-module', "from '-module' on"],
    ['registry[1]', "from '[1]' on"],
    ['registry.*', "from '.*' on"],
  ])('refuses %s and shows where', (text, place) => {
    expect(() => parsePath(text)).toThrow(place)
  })
})

test('a pattern may have wildcards for one step and for any', () => {
  expect(parsePattern('registry._LOADED.*.foo.**')).toEqual(['registry', '._LOADED', '*', '.foo', '**'])
  expect(parsePattern('**.cache')).toEqual(['**', '.cache'])
})

test('a chain knows what it repeats', () => {
  expect(chainSteps('(.^previous)+')).toEqual(['.^previous'])
  expect(chainSteps('(.a["b)"][*])+')).toEqual(['.a', '["b)"]', '[*]'])
  expect(chainSteps('.a')).toBeUndefined()
})

describe('paths in words', () => {
  test('as a chain from the roots', () => {
    expect(prettyPath('registry._LOADED.demo.go.^foo')).toBe('GC roots => registry => ._LOADED => .demo => .go => ^foo')
  })

  test('as Lua', () => {
    expect(luaPath('registry._LOADED.demo.go.^foo')).toBe('package.loaded.demo.go, upvalue foo')
    expect(luaPath('globals.cache{*}.items[*]')).toBe('_G.cache[key].items[i]')
    expect(luaPath('registry[<ngx_http_lua_coroutines_key>][*].<stack>')).toBe(
      'debug.getregistry()[ngx_http_lua_coroutines_key][i], stack',
    )
    expect(luaPath('globals.f.^t(.^previous)+')).toBe('_G.f, upvalue t, and so on by .^previous')
  })

  test('split into container and elements', () => {
    expect(splitElements('globals.a[*]')).toEqual(['globals.a', '[*]'])
    expect(splitElements('globals.a.<keys>')).toEqual(['globals.a', '.<keys>'])
    expect(splitElements('globals.a[<table>]')).toEqual(['globals.a', '[<table>]'])
    expect(splitElements('globals.a.b')).toEqual(['globals.a.b', ''])
  })
})
