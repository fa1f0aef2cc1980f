import { expect, test } from 'vitest'
import { seriousEntries } from '../../../../plugin/runtime/log/error-log.js'
import { messageOfEntry } from '../../../../plugin/runtime/log/log-entry.js'
import { withFewPlaces } from '../../../../plugin/runtime/log/searched-places.js'

const PLACES = [
  "\tno field package.preload['shop']",
  ...Array.from({ length: 22 }, (_, n) => `\tno file '/lua/${n}/shop.lua'`),
]
const ENTRY = [
  "2026/01/02 03:04:05 [error] 7#7: *1 lua entry thread aborted: runtime error: access.lua:3: module 'shop' not found:",
  ...PLACES,
  'stack traceback:',
  "\taccess.lua:3: in function 'wanted'",
]

test('of the places where a module was looked for a few are told, and how many more there were', () => {
  expect(withFewPlaces(ENTRY)).toEqual([
    ENTRY[0],
    ...PLACES.slice(0, 3),
    '\t(and in 20 more places)',
    ...ENTRY.slice(-2),
  ])
})

test('few places are all told, also at the end, and each module by itself', () => {
  expect(withFewPlaces(PLACES.slice(0, 3))).toEqual(PLACES.slice(0, 3))
  expect(withFewPlaces(PLACES.slice(0, 4))).toEqual([...PLACES.slice(0, 3), '\t(and in 1 more place)'])
  const two = withFewPlaces([...PLACES.slice(0, 4), 'another', ...PLACES.slice(0, 5)])
  expect(two.filter((line) => line.includes('more place'))).toEqual([
    '\t(and in 1 more place)',
    '\t(and in 2 more places)',
  ])
})

test('so who wants the module is told where the log is quoted, too', () => {
  expect(seriousEntries(ENTRY.join('\n'))).toContain("in function 'wanted'")
  expect(messageOfEntry(ENTRY.join('\n'))).toMatch(
    /^lua entry thread aborted: .*not found:\n.*\n.*\n.*\n\t\(and in 20 more places\)$/,
  )
})
