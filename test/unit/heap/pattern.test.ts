import { describe, expect, test } from 'vitest'
import { alignSeries } from '../../../plugin/heap/align.js'
import { pathOf } from '../../../plugin/heap/node.js'
import { parsePath, parsePattern } from '../../../plugin/heap/path.js'
import { matchingNodes, patternContains, patternCovers } from '../../../plugin/heap/pattern.js'
import { snapshot } from './build.js'

describe('a pattern covers', () => {
  test.each([
    ['globals.a', 'globals.a', 'the path itself'],
    ['globals.a', 'globals.a.b[*]', 'everything below it'],
    ['_G.a', 'globals.a', 'an alias'],
    ['package.loaded.demo', 'registry._LOADED.demo{*}', 'an alias'],
    ['registry.*.demo', 'registry._LOADED.demo', 'any one step'],
    ['registry.**.items', 'registry._LOADED.demo.cache.items', 'any steps'],
    ['registry.**._LOADED', 'registry._LOADED', 'no step at all'],
    ['**', 'main.x', 'everything'],
    ['registry._LOADED.demo.foo', 'registry._LOADED.demo.go.^foo[*]', 'the upvalue of a function one key below'],
    ['registry._LOADED.demo.foo', 'registry._LOADED.demo.^foo[*]', 'the upvalue of the function that the module is'],
    ['registry._LOADED.demo.foo.bar', 'registry._LOADED.demo.go.^foo.bar', 'what hangs on such an upvalue'],
    ['globals.handlers.foo', 'globals.handlers[*].^foo', 'the upvalue of functions in a list'],
  ])('%s: %s (%s)', (pattern, path) => {
    expect(patternCovers(parsePattern(pattern), parsePath(path))).toBe(true)
  })

  test.each([
    ['globals.a.b', 'globals.a', 'what is above it'],
    ['globals.a', 'globals.ab', 'a longer name'],
    ['registry.*.items', 'registry.a.b.items', 'two steps for one'],
    ['registry._LOADED.demo.foo', 'registry._LOADED.demo.sub.go.^foo', 'functions two keys below'],
    ['globals.go.^foo', 'globals.go.foo', 'a field where an upvalue is named'],
    ['globals.foo', 'globals.<metatable>.^foo', 'what is no key'],
  ])('not %s: %s (%s)', (pattern, path) => {
    expect(patternCovers(parsePattern(pattern), parsePath(path))).toBe(false)
  })
})

describe('a pattern contains', () => {
  test.each([
    ['registry._LOADED', 'package.loaded.demo', 'what is below it'],
    ['registry._LOADED.demo.foo', 'registry._LOADED.demo.go.^foo', 'the upvalue that it also names'],
    ['package.loaded.*', 'package.loaded.demo', 'what its wildcard matches'],
    ['**', 'globals.**.cache', 'everything'],
    ['package.loaded.*', 'package.loaded.*.cache', 'the same wildcard and more'],
  ])('%s: %s (%s)', (outer, inner) => {
    expect(patternContains(parsePattern(outer), parsePattern(inner))).toBe(true)
  })

  test.each([
    ['package.loaded.demo', 'package.loaded.*', 'what a wildcard may be else'],
    ['**.cache', 'package.loaded.demo', 'what it may meet'],
    ['globals.cache', 'globals.**.cache', 'what is deeper'],
    ['globals.a', 'globals.b', 'a path beside it'],
  ])('not %s: %s (%s)', (outer, inner) => {
    expect(patternContains(parsePattern(outer), parsePattern(inner))).toBe(false)
  })
})

test('matching nodes are the highest ones, each once', () => {
  const { vms } = alignSeries([
    [snapshot({ 'globals.a.x.x': { table: 1 }, 'globals.b.x': { table: 1 }, 'globals.c': { table: 1 } })],
  ])
  const paths = matchingNodes(vms[0]!.top, parsePattern('globals.**.x')).map((node) => pathOf(node).join(''))
  expect(paths.sort()).toEqual(['globals.a.x', 'globals.b.x'])
})
