import { describe, expect, test } from 'vitest'
import { type Directive, parseConf } from '../../../plugin/conf/conf.js'

/** A directive as nested lists, for comparison: [name, args, body]. */
function shape({ name, args, body, inner, isLua }: Directive): unknown[] {
  const words = [name, ...args.map(({ text }) => text)]
  return inner ? [...words, isLua ? 'LUA' : body.map(shape)] : words
}

function shapes(text: string): unknown[] {
  return parseConf(text).map(shape)
}

/** What follows the Lua block tells whether the block ended where it should. */
function afterLua(lua: string): unknown[] {
  return shapes(`location /a { content_by_lua_block {${lua}} }\nlocation /b { return 204; }`)
}

const BOTH = [
  ['location', '/a', [['content_by_lua_block', 'LUA']]],
  ['location', '/b', [['return', '204']]],
]

describe('nginx words', () => {
  test('finds directives, arguments and nested blocks', () => {
    expect(shapes('user a b; http { server { listen 80; } }')).toEqual([
      ['user', 'a', 'b'],
      ['http', [['server', [['listen', '80']]]]],
    ])
  })

  test('resolves quotes and escapes, and keeps separators inside them', () => {
    expect(shapes(String.raw`a "x;{ \"y\"" 'it\'s # no comment' b\ c;`)).toEqual([
      ['a', 'x;{ "y"', "it's # no comment", String.raw`b\ c`],
    ])
  })

  test('takes # for a comment only where a word may begin', () => {
    expect(shapes('a b#c; # d { "\ne;')).toEqual([['a', 'b#c'], ['e']])
  })

  test('keeps the braces of a variable in its word', () => {
    expect(shapes(`set $a x\${b}y; c;`)).toEqual([['set', '$a', `x\${b}y`], ['c']])
  })

  test('gives spans that cut the directive out, and its line', () => {
    const text = 'a;\r\n\r\n  listen\r\n 80 ;\r\nb;'
    const [, listen] = parseConf(text)
    expect(text.slice(listen!.start, listen!.end)).toBe('listen\r\n 80 ;')
    expect(listen!.line).toBe(3)
    expect(listen!.args[0]!.text).toBe('80')
  })

  test('gives the line of a directive behind a block', () => {
    expect(parseConf('a {\n b;\n}\nc;').map(({ line }) => line)).toEqual([1, 4])
  })

  test.each([
    ['an open block', 'http { server { listen 80; '],
    ['an open string', 'a "b; }'],
    ['an open Lua block', 'http { content_by_lua_block { x = "'],
    ['a brace too many', 'a; } b;'],
    ['a missing semicolon', 'http { a b } '],
    ['nothing', ''],
  ])('leaves %s for nginx to judge', (_, text) => {
    expect(() => parseConf(text)).not.toThrow()
  })

  test('goes on behind a brace that closes nothing', () => {
    expect(shapes('a; } b;')).toEqual([['a'], ['b']])
  })
})

describe('Lua blocks', () => {
  test.each([
    ['braces of tables', ' local t = { a = { 1 } } '],
    ['a closing brace in a string', ` local s = "}" .. '}' `],
    ['quotes escaped in a string', String.raw` local s = "\"}" .. '\'}' .. "\\" `],
    ['a closing brace in a long string', ' local s = [[ } ]] '],
    ['brackets inside a long string of a higher level', ' local s = [==[ ]] } ]=] ]==] '],
    ['a closing brace in a comment', ' -- }\n '],
    ['a quote in a comment', " -- don't\n "],
    ['a long comment', ' --[==[ } ]] " \n }]==] '],
    ['what only looks like a long comment', ' --[=x }\n local t = {} '],
    ['the length operator and #', ' local n = #t + #"}" '],
    ['indexing with brackets', ' local v = t[u[1]] '],
    ['an index that is a string', ' local v = t["}"] '],
    ['Windows line ends', '\r\n -- }\r\n local s = "}"\r\n'],
    ['nothing', ''],
  ])('ends a block behind %s', (_, lua) => {
    expect(afterLua(lua)).toEqual(BOTH)
  })

  test('takes the Lua of set_by_lua_block for Lua too', () => {
    expect(shapes('set_by_lua_block $a { return "}" } b;')).toEqual([['set_by_lua_block', '$a', 'LUA'], ['b']])
  })

  test('reads a quoted *_by_lua as a word', () => {
    expect(shapes(`content_by_lua 'ngx.say("}")'; b;`)).toEqual([['content_by_lua', 'ngx.say("}")'], ['b']])
  })
})
