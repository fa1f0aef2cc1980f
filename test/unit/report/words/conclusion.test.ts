import { expect, test } from 'vitest'
import { plainText } from '../../../../plugin/report/terminal/plain-text.js'
import { conclusion } from '../../../../plugin/report/words/conclusion.js'
import { aGrowth, aLeak, aReport } from '../build.js'

test('says what grows, who holds it, how fast, what it looks like and what mends it', () => {
  expect(conclusion(aGrowth())).toEqual([
    'Strings pile up in package.loaded.demo.go, upvalue foo (demo.lua:5): 1.00 object and 42 B with each request.',
    'This looks like a list that is added to and never cleared: its array part gets longer.',
    'Take entries out again (flush it, bound it, clear a table before it is reused), or keep it in the request instead of the module.',
  ])
})

test('a growth by the clock is told by the second, in objects and in bytes', () => {
  expect(conclusion(aGrowth({ class: 'clock', perSecond: 20, vm: 'stream' })).join(' ')).toContain(
    '(demo.lua:5, stream VM): 20.00 objects and 842 B each second, without any request. It grows with time',
  )
})

test('a buffer that gets longer looks like one, whatever type its object is of', () => {
  const contents = { objects: 0, bytes: 1_200_000, objectsPerRequest: 0, bytesPerRequest: 58 }
  const growth = aGrowth({
    path: 'registry._LOADED.log.add.^lines',
    objectsPerRequest: 0,
    entriesPerRequest: 0,
    bytesPerRequest: 58,
    slots: { used: 0, allocated: 0, bytes: 0 },
    types: { userdata: contents },
  })
  expect(conclusion(growth)).toEqual([
    'The contents grow in package.loaded.log.add, upvalue lines (demo.lua:5): 58 B with each request.',
    'This looks like one text or buffer that gets longer: no object is gained, only contents.',
    'Something appends to it: cut it, or start anew once it is written out.',
  ])
})

test('what has no shape gets none', () => {
  const growth = aGrowth({
    path: 'registry._LOADED.demo.thing',
    types: {},
    entriesPerRequest: 0,
    bytesPerRequest: 0,
    objectsPerRequest: 0,
    slots: { used: 0, allocated: 0, bytes: 0 },
    source: null,
  })
  expect(conclusion(growth)).toEqual(['The contents grow in package.loaded.demo.thing: 0 B with each request.'])
})

test('the terminal wraps it, and shows keys that carry control characters as what they are', () => {
  const text = plainText(aLeak([aGrowth({ path: 'registry._LOADED["a\u001b[31m"]{*}' })]))
  expect(text).toMatch(/^ {2}In plain words:\n {4}Strings pile up in package\.loaded\["a\\u001b\[31m"\] /)
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110)
  expect(plainText(aReport())).toBe('')
})
