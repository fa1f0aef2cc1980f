import { expect, test } from 'vitest'
import { creditSince, readRecords } from '../../../plugin/locate/records.js'

const line = (...fields: readonly (string | number)[]) => ['resty-leak-watch', 7, 'http', ...fields].join('\t')

test('the latest complete report of each process stands', () => {
  const log = [
    '2026/11/28 12:00:00 [notice] 7#7: start',
    line(1, 'credit', 0, '1:8:8', '/srv/a.lua:5', 'go', 'b%0ac'),
    line(1, 'total', 0, 8, 0, 0),
    line(1, 'tick', 100, 1, 0),
    line(2, 'credit', 0, '1:8:8,2:40:20', '/srv/a.lua:5', 'go', ''),
  ].join('\n')
  const states = readRecords(log)
  expect([...states.keys()]).toEqual(['7 http'])
  expect(states.get('7 http')).toMatchObject({ pid: 7, seq: 1, events: 100, isHooked: true, isCompiled: false })
  const whole = readRecords(`${log}\n${line(2, 'tick', 200, 1, 0)}\n`).get('7 http')!
  expect([...whole.credits.values()]).toEqual([
    {
      target: 0,
      place: '/srv/a.lua:5',
      name: 'go',
      stack: [],
      amounts: [
        [1, 8, 8],
        [2, 40, 20],
      ],
    },
  ])
})

test('what was told before does not count', () => {
  const record = {
    target: 0,
    place: 'a',
    name: '',
    stack: [],
    amounts: [
      [1, 8, 8],
      [2, 40, 20],
      [3, 2, 2],
    ],
  } as const
  expect(creditSince(record, 1)).toEqual({ target: 0, place: 'a', name: '', stack: [], amount: 42, requests: 22 })
  expect(creditSince(record, 3)).toBeUndefined()
})
