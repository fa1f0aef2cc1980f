import { describe, expect, test } from 'vitest'
import type { Snapshot } from '../../../plugin/types/snapshot.js'
import { servedBetween, servedInRounds } from '../../../plugin/verdict/served.js'
import { snapshot } from '../heap/build.js'
import { runTimeline } from './run-timeline.js'

type Connections = readonly (readonly [number: number, requests: number])[] | null

/** One snapshot per worker, at this count of nginx's. */
function moment(requests: number, ...workers: readonly Connections[]): Snapshot[] {
  return workers.map((connections, index) => snapshot({}, { pid: 7 + index, requests, connections }))
}

const between = (before: Snapshot[], after: Snapshot[]) => servedBetween(before, after)

describe('what each worker served between two moments', () => {
  test('is what its new connections served, and what its old ones did since', () => {
    const before = moment(
      40,
      [
        [1, 10],
        [2, 20],
      ],
      [[3, 10]],
    )
    const after = moment(
      100,
      [
        [1, 10],
        [2, 45],
        [5, 5],
      ],
      [
        [3, 10],
        [4, 30],
      ],
    )
    expect(between(before, after)).toEqual([30, 30])
  })

  test('is that of a connection that had served nothing yet, whatever its number', () => {
    expect(
      between(
        moment(7, [[9, 7]]),
        moment(10, [
          [2, 3],
          [9, 7],
        ]),
      ),
    ).toEqual([3])
  })

  test('leaves out connections that are gone with their slots, having served nothing since', () => {
    expect(
      between(
        moment(12, [
          [1, 5],
          [2, 7],
        ]),
        moment(20, [
          [2, 7],
          [3, 8],
        ]),
      ),
    ).toEqual([8])
  })

  test('is nothing where nobody asked', () => {
    expect(between(moment(5, [[1, 5]], []), moment(5, [[1, 5]], []))).toEqual([0, 0])
  })

  test.each<[string, Snapshot[], Snapshot[]]>([
    ['fewer are remembered than nginx counted', moment(10, [[1, 10]]), moment(30, [[2, 19]])],
    ['more are remembered than nginx counted', moment(10, [[1, 10]]), moment(30, [[2, 21]])],
    [
      'a connection served less than before',
      moment(10, [[1, 10]]),
      moment(30, [
        [1, 9],
        [2, 19],
      ]),
    ],
    ['one worker tells nothing', moment(10, [[1, 10]], []), moment(20, [[2, 10]], null)],
    [
      'another worker has its place',
      moment(10, [[1, 10]]),
      [snapshot({}, { pid: 9, requests: 20, connections: [[2, 10]] })],
    ],
    ['a worker came', moment(10, [[1, 10]]), moment(20, [[2, 10]], [])],
    [
      'requests went on between two workers',
      moment(10, [[1, 10]], []),
      [...moment(20, [[2, 9]]), ...moment(21, [], [[3, 1]]).slice(1)],
    ],
    ['nothing was seen', [], []],
  ])('is not known where %s', (_why, before, after) => {
    expect(between(before, after)).toBeNull()
  })
})

describe('what each worker served in all rounds', () => {
  const rounds = { planned: [10, 20], confirm: [40] }
  const timeline = runTimeline(rounds)
  const moments = [
    moment(5, [[1, 5]], []),
    moment(5, [[1, 5]], []),
    moment(15, [[1, 9]], [[2, 6]]),
    moment(
      35,
      [
        [1, 9],
        [3, 19],
      ],
      [[2, 7]],
    ),
    moment(
      75,
      [
        [1, 9],
        [3, 49],
      ],
      [[2, 17]],
    ),
    moment(
      75,
      [
        [1, 9],
        [3, 49],
      ],
      [[2, 17]],
    ),
  ]

  test('adds up, round by round', () => {
    expect(servedInRounds(moments, timeline)).toEqual([53, 17])
  })

  test('begins further rounds where the drain before them ended', () => {
    const further = [100]
    // a health check in the drain is no round's
    const drained = moment(
      76,
      [
        [1, 9],
        [3, 50],
      ],
      [[2, 17]],
    )
    const after = moment(176, [[4, 60]], [[5, 40]])
    const all = [...moments.slice(0, 5), drained, after, after]
    expect(servedInRounds(all, runTimeline({ ...rounds, further }))).toEqual([113, 57])
  })

  test('is not known where one round is not', () => {
    const reused = moment(
      75,
      [
        [1, 9],
        [3, 48],
      ],
      [[2, 17]],
    )
    expect(servedInRounds([...moments.slice(0, 4), reused, reused], timeline)).toBeNull()
    expect(servedInRounds(moments.slice(0, 2), runTimeline({ planned: [] }))).toBeNull()
  })

  test('is not what rates count by where the conf sends requests to itself', () => {
    expect(servedInRounds(moments, runTimeline({ planned: [5, 10], confirm: [20] }))).toBeNull()
  })
})
