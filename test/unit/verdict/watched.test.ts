import { describe, expect, test } from 'vitest'
import { isCandidate } from '../../../plugin/verdict/candidate.js'
import { classify } from '../../../plugin/verdict/classify.js'
import type { Finding } from '../../../plugin/verdict/finding.js'
import { sensitivityOf } from '../../../plugin/verdict/sensitivity.js'
import type { Timeline } from '../../../plugin/verdict/timeline.js'
import { asWatch, followsClock, isEven } from '../../../plugin/verdict/watched.js'
import { chosenOf, random } from './whole-run.js'

interface Round {
  readonly requests: number
  readonly gain: number
  readonly seconds?: number
}

/** Rounds of a watch; nothing was idle before the first. */
function timelineOf(rounds: readonly Omit<Round, 'gain'>[]): Timeline {
  return asWatch([
    { kind: 'start', units: 0, seconds: 0 },
    { kind: 'idle', units: 0, seconds: 0 },
    ...rounds.map(({ requests, seconds = 5 }) => ({ kind: 'planned' as const, units: requests, seconds })),
  ])
}

function valuesOf(gains: readonly number[], from = 100): number[] {
  const values = [from, from]
  for (const gain of gains) values.push(values.at(-1)! + gain)
  return values
}

/** What a watch says of one number; `ok` where it is no candidate. */
function judged(rounds: readonly Round[]): Pick<Finding, 'class'> & Partial<Finding> {
  const timeline = timelineOf(rounds)
  const sum = valuesOf(rounds.map(({ gain }) => gain))
  return isCandidate(sum, timeline) ? classify({ sum, byWorker: [sum] }, timeline) : ({ class: 'ok' } as never)
}

/** Rounds of 10,000 requests in 5 s. */
function steady(...gains: readonly number[]): Round[] {
  return gains.map((gain) => ({ requests: 10_000, gain }))
}

/** How many of so many requests leak, each with this probability. */
function chosen(requests: number, probability: number, dice: Generator<number, never>): number {
  const all = chosenOf(probability, () => dice.next().value)
  return all(requests)
}

describe('the rounds of a watch', () => {
  test.each([
    [3, 'ppp'],
    [4, 'ppcc'],
    [5, 'pppcc'],
    [7, 'ppppccc'],
    [8, 'ppppccff'],
    [10, 'ppppppccff'],
    [16, 'ppppppppccccffff'],
  ])('%i of them show, confirm and decide as %s', (rounds, stages) => {
    const timeline = timelineOf(Array.from({ length: rounds }, () => ({ requests: 1 })))
    const letters = timeline.flatMap(({ stage }) => stage?.[0] ?? [])
    expect(letters.join('')).toBe(stages)
  })
})

describe('under steady traffic', () => {
  test('one object in 200 requests is a leak', () => {
    expect(judged(steady(50, 50, 51, 49, 50, 50, 50, 50))).toMatchObject({ class: 'leak' })
  })

  test('what began to grow halfway is a leak', () => {
    expect(judged(steady(0, 0, 0, 0, 50, 51, 49, 50))).toMatchObject({ class: 'leak' })
  })

  test('what filled and levelled off is none', () => {
    expect(judged(steady(400, 150, 60, 20, 7, 2, 1, 0)).class).not.toBe('leak')
    expect(judged(steady(500, 0, 0, 0, 0, 0, 0, 0))).toMatchObject({ class: 'ok' })
  })

  test('what falls in a later round is a saw-tooth', () => {
    expect(judged(steady(50, 50, 50, 50, 50, -300, 150, 150)).class).not.toBe('leak')
  })

  test('a handful is not told from chance', () => {
    expect(judged(steady(1, 1, 1, 1, 1, 1, 1, 2))).toMatchObject({
      class: 'plateau',
      why: '9 in 8 rounds, too few to tell from chance',
    })
  })

  test('few gains in few rounds are undecided, and in many a leak', () => {
    expect(judged(steady(4, 4, 4, 4, 4))).toMatchObject({ class: 'slowing' })
    expect(judged(steady(4, 4, 4, 4, 4, 4, 4, 4))).toMatchObject({ class: 'leak' })
  })

  test('three rounds decide nothing', () => {
    expect(judged(steady(50, 50, 50))).toMatchObject({ class: 'slowing' })
  })
})

describe('growth by the clock', () => {
  test('is told where there are no requests', () => {
    const rounds = [20, 20, 20, 20, 20].map((gain) => ({ requests: 0, gain }))
    expect(judged(rounds)).toMatchObject({ class: 'clock', why: '4.0/s without any request', perSecond: 4 })
  })

  test('is told where rounds are counted in seconds', () => {
    const rounds = [20, 20, 20, 20, 20].map((gain) => ({ requests: 5, gain, seconds: 5 }))
    expect(judged(rounds)).toMatchObject({ class: 'clock', perSecond: 4 })
  })

  test('is told from growth with requests where these come unevenly', () => {
    const requests = [20_000, 4000, 0, 15_000, 9000, 300, 12_000, 5000]
    expect(judged(requests.map((each) => ({ requests: each, gain: 100 })))).toMatchObject({
      class: 'clock',
      why: '20.0/s however many requests came',
    })
    expect(judged(requests.map((each) => ({ requests: each, gain: each / 100 })))).toMatchObject({ class: 'leak' })
  })

  test('cannot be told where requests come evenly, and then requests are the likelier reason', () => {
    const timeline = timelineOf(steady(50, 50, 50, 50))
    expect(followsClock(valuesOf([50, 51, 49, 50]), timeline)).toBe(false)
    expect(isEven(timeline)).toBe(true)
    expect(isEven(timelineOf([{ requests: 10 }, { requests: 20 }]))).toBe(false)
  })

  test('levels off as any growth does', () => {
    const rounds = [200, 100, 40, 10, 1, 0, 0, 1].map((gain) => ({ requests: 0, gain }))
    expect(judged(rounds).class).not.toBe('clock')
  })
})

test('traffic that stops acquits nothing', () => {
  const requests = [10_000, 10_000, 10_000, 10_000, 10_000, 10_000, 0, 0]
  const rounds = requests.map((each, round) => ({ requests: each, gain: Math.round(each / 200) + (round % 2) }))
  expect(judged(rounds)).toMatchObject({ class: 'leak' })
})

test('a leak that few rounds with requests show is undecided', () => {
  const rounds = [0, 10_000, 0, 10_000, 0, 10_000, 0, 0].map((each) => ({ requests: each, gain: each / 200 }))
  expect(judged(rounds)).toMatchObject({ class: 'slowing', why: 'too few rounds had requests' })
})

test('what is in flight at each look is no leak, whatever the dice say', () => {
  const dice = random(7)
  const leaks = Array.from({ length: 2000 }, () => {
    const most = 1 + Math.floor(dice.next().value * 40)
    const held = Array.from({ length: 9 }, () => Math.floor(dice.next().value * (most + 1)))
    return judged(steady(...held.slice(1).map((value, round) => value - held[round]!)))
  }).filter(({ class: found }) => found === 'leak')
  expect(leaks).toEqual([])
})

test('the rarest leak that a watch claims to find is found in 19 of 20', () => {
  const dice = random(3)
  const probability = sensitivityOf(80_000, true)!
  const found = Array.from({ length: 1000 }, () =>
    judged(steady(...Array.from({ length: 8 }, () => chosen(10_000, probability, dice)))),
  ).filter(({ class: kind }) => kind === 'leak')
  expect(found.length).toBeGreaterThanOrEqual(950)
})
