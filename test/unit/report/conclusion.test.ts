import { expect, test } from 'vitest'
import { conclusion } from '../../../plugin/report/conclusion.js'
import { plainText } from '../../../plugin/report/plain-text.js'
import { aGrowth, aLeak, aReport } from './build.js'

test('says what grows, who holds it, how fast, when the worker is full, what it looks like and what mends it', () => {
  expect(conclusion(aGrowth(), aLeak())).toEqual([
    'Strings pile up in package.loaded.demo.go, upvalue foo (demo.lua:5): 1.00 object and 42 B with each request.',
    'At 100 requests/s it fills 512 MB in 1.1 days.',
    'This looks like a list that is added to and never cleared: its array part gets longer.',
    'Take entries out again (flush it, bound it, clear a table before it is reused), or keep it in the request instead of the module.',
  ])
})

test('the forecast counts the slots, and goes by the worker that is asked for', () => {
  const slots = { used: 20157, allocated: 32768, bytes: 20157 * 58 }
  const sentences = conclusion(aGrowth({ bytesPerRequest: 42, slots }), aLeak(), {
    workerBytes: 36e6,
    requestsPerSecond: 100,
  })
  expect(sentences).toContain('At 100 requests/s it fills 36 MB in 1 hour.')
})

test('a growth by the clock is told by the second and promises no end', () => {
  const text = conclusion(aGrowth({ class: 'clock', perSecond: 20, vm: 'stream' }), aLeak()).join(' ')
  expect(text).toContain('(demo.lua:5, stream VM): 20.00 each second, without any request. It grows with time')
  expect(text).not.toContain('fills')
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
  expect(conclusion(growth, aLeak())).toEqual([
    'The contents grow in package.loaded.demo.thing: 0 B with each request.',
  ])
})

test('the terminal wraps it, and shows keys that carry control characters as what they are', () => {
  const text = plainText(aLeak([aGrowth({ path: 'registry._LOADED["a\u001b[31m"]{*}' })]))
  expect(text).toMatch(/^ {2}In plain words:\n {4}Strings pile up in package\.loaded\["a\\u001b\[31m"\] /)
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110)
  expect(plainText(aReport())).toBe('')
})
