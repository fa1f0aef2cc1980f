import { expect, test } from 'vitest'
import { LogTally, withoutFolder } from '../../../../plugin/runtime/log/log-tally.js'
import { LongText } from '../../../../plugin/runtime/log/long-text.js'

const AT = '2026/11/23 19:07:06'

test('entries of one kind are counted, and the first is kept', () => {
  const tally = new LogTally()
  tally.push(`${AT} [notice] 1#1: start\n`)
  tally.push(`${AT} [error] 7#7: *1 lua entry thread aborted: runtime error: a.lua:1: module 'x' not found:\n\tno fi`)
  tally.push(`eld\n${AT} [error] 7#7: *2 lua entry thread aborted: runtime error: loop or previous error\n`)
  tally.push(`nginx: lua atpanic: Lua VM crashed, reason: y\n`)
  expect(tally.complaints).toEqual([
    {
      kind: 'failed',
      phase: null,
      level: 'error',
      count: 2,
      first: `${AT} [error] 7#7: *1 lua entry thread aborted: runtime error: a.lua:1: module 'x' not found:\n\tno field`,
      at: 0,
    },
    {
      kind: 'crash',
      phase: null,
      level: null,
      count: 1,
      first: 'nginx: lua atpanic: Lua VM crashed, reason: y',
      at: 2,
    },
  ])
})

test('a last entry counts once, however often it is looked at and whatever follows', () => {
  const tally = new LogTally()
  tally.push(`${AT} [error] 7#7: *1 [lua] a.lua:1: two`)
  expect(tally.complaints).toMatchObject([{ count: 1, first: `${AT} [error] 7#7: *1 [lua] a.lua:1: two` }])
  tally.push('\nlines\n')
  expect(tally.complaints).toMatchObject([{ count: 1, first: `${AT} [error] 7#7: *1 [lua] a.lua:1: two\nlines` }])
})

test('paths are those of the user', () => {
  const tally = new LogTally()
  tally.push(`nginx: [emerg] unknown directive "x" in /t/mirror/p/nginx.conf:3`)
  expect(withoutFolder(tally.complaints, '/t/mirror')[0]!.first).toMatch(/in \/p\/nginx\.conf:3$/)
})

test('of a text without bound both ends are kept', () => {
  const text = new LongText(10)
  for (let index = 0; index < 100; index++) text.push(`${index % 10}`)
  expect(text.text).toBe('0123456789\n... (80 characters left out)\n0123456789')
  const short = new LongText(10)
  short.push('0123456789012')
  expect(short.text).toBe('0123456789012')
})
