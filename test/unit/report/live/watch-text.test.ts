import { expect, test } from 'vitest'
import { watchLine } from '../../../../plugin/report/live/watch-text.js'
import { runSummary } from '../../../../plugin/report/terminal/summary.js'
import { visibleWidth } from '../../../../plugin/report/terminal/wrap.js'
import { watchWords } from '../../../../plugin/report/words/watch-words.js'
import type { GrowsSoFar } from '../../../../plugin/types/watch.js'
import { aWatch, aWatchRound } from '../build.js'

const KEPT: GrowsSoFar = { class: 'slowing', path: 'globals.kept[*]', gained: 50, unit: 'objects', coveredBy: null }

function round(grows: readonly GrowsSoFar[], overrides: Parameters<typeof aWatchRound>[0] & { counted?: number } = {}) {
  return watchLine({ event: 'round', counted: 1, grows, ...aWatchRound(), ...overrides }, 8)
}

test('a watch begins by saying whom it watches, and for how long', () => {
  const start = {
    event: 'start' as const,
    description: 'nginx of process 5',
    workers: [7, 8],
    everyMs: 30_000,
    rounds: 8,
  }
  expect(watchLine(start, 8)).toBe('watching nginx of process 5, workers 7, 8: 8 rounds of 30 s')
})

test('a round is one line: requests, objects, bytes, pause, and what grows so far', () => {
  expect(round([])).toBe(
    'round 1 of 8   5 s   10,030 requests   2,028 objects   186.9 KB   stood still 1.3 ms   nothing grows so far',
  )
  expect(round([KEPT])).toContain('   grows: globals.kept[*] +50 objects')
  expect(round([{ ...KEPT, class: 'leak' }])).toContain('globals.kept[*] +50 objects (leak)')
  expect(round([{ ...KEPT, class: 'clock', unit: 'bytes', gained: 5000 }])).toContain(
    'globals.kept[*] +5 KB (leak, by the clock)',
  )
  expect(round([KEPT, KEPT, KEPT, KEPT])).toMatch(/; and 2 more$/)
})

test('a round that is wider than the terminal goes on in a second line', () => {
  const event = { event: 'round' as const, counted: 1, grows: [KEPT], ...aWatchRound() }
  expect(watchLine(event, 8, { width: 80 }).split('\n')).toEqual([
    'round 1 of 8   5 s   10,030 requests   2,028 objects   186.9 KB',
    '    stood still 1.3 ms   grows: globals.kept[*] +50 objects',
  ])
  const leak = watchLine({ ...event, grows: [{ ...KEPT, class: 'leak' }] }, 8, { colour: true, width: 80 })
  expect(leak.split('\n').map(visibleWidth)).toEqual([63, 66])
})

test('what is accepted is no news', () => {
  expect(round([{ ...KEPT, class: 'leak', coveredBy: 'known' }])).toContain('nothing grows so far')
})

test('the first look has no time before it, also after a restart, which is said', () => {
  expect(round([], { round: 0, counted: 0, requests: null })).toBe(
    'first look   2,028 objects   186.9 KB   stood still 1.3 ms',
  )
  expect(round([], { round: 4, counted: 0, restart: 'worker 7 left, and 17 took its place' })).toMatch(
    /^worker 7 left, and 17 took its place: rounds are counted anew\nfirst look {3}5 s {3}10,030 requests/,
  )
  expect(round([], { round: 0, counted: 0, requests: null, restart: 'worker 7 left, and 17 took its place' })).toMatch(
    /^worker 7 left, and 17 took its place\nfirst look {3}2,028 objects/,
  )
})

test('a key that carries control characters is disarmed', () => {
  expect(round([{ ...KEPT, path: 'globals["\u001b[2J"]' }])).not.toContain('\u001b')
})

test('a look that was left out says why', () => {
  expect(watchLine({ event: 'skipped', atMs: 1, skipped: 'not tried: 80 ms' }, 8)).toBe(
    'look left out: not tried: 80 ms',
  )
})

test('the summary has the time that was watched and what it cost', () => {
  expect(runSummary(aWatch())).toContain('\n  Watched for 20 s, one look each 5 s: 4 rounds, 1 look left out.\n')
  expect(runSummary(aWatch())).toContain(
    '\n  Stood still for 6.5 ms in all, 1.3 ms at the longest: 0.033 % of the time.\n',
  )
  const { watch } = aWatch()
  const part = { ...watch!, judged: { from: 1, to: 4 }, everyMs: 300_000 }
  expect(watchWords(part)[0]).toBe(
    'Watched for 20 s, one look each 5 min: 4 rounds, judged from look 1 to 4, 1 look left out.',
  )
})
