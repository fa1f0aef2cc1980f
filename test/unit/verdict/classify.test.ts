import { describe, expect, test } from 'vitest'
import { isCandidate } from '../../../plugin/verdict/candidate.js'
import { classify } from '../../../plugin/verdict/classify.js'
import type { Values } from '../../../plugin/verdict/values.js'
import { runTimeline } from './run-timeline.js'
import { random } from './whole-run.js'

const planned = [3929, 1973, 6263, 3389, 4603]
const confirm = [9337, 22157]
const timeline = runTimeline({ planned, confirm })

/** Values from gains: idle, planned rounds, confirming rounds, drain. */
function values(gains: readonly number[], start = 100): number[] {
  let sum = start
  return [start, ...gains.map((gain) => (sum += gain))]
}

/** Gains of a growth with `grow(requests since start, requests of the round)`, warm-up of 5003 included. */
function byRequests(at: (requests: number) => number): number[] {
  let before = 5003
  const gains = [...planned, ...confirm].map((requests) => {
    const gain = Math.round(at(before + requests)) - Math.round(at(before))
    before += requests
    return gain
  })
  return [0, ...gains, 0]
}

const one = (gains: readonly number[]): Values => ({ sum: values(gains), byWorker: [values(gains)] })
const classOf = (gains: readonly number[]) => classify(one(gains), timeline).class

/** Rounds in which each request leaks with this probability, `burst` objects at a time. */
function sporadic(probability: number, burst: number, seed: number): number[] {
  const dice = random(seed)
  const gains = [...planned, ...confirm].map((requests) => {
    let gain = 0
    for (let request = 0; request < requests; request++) if (dice.next().value < probability) gain += burst
    return gain
  })
  return [0, ...gains, 0]
}

/** Random keys out of so many: ever fewer of them are new. */
const randomKeys = (keys: number) => (n: number) => keys * (1 - Math.exp(-n / keys))

describe('a candidate', () => {
  const isOne = (gains: readonly number[]) => isCandidate(values(gains), runTimeline({ planned }))

  test('grew by at least 3 over the planned rounds', () => {
    expect(isOne([0, 1, 0, 1, 0, 1])).toBe(true)
    expect(isOne([0, 1, 0, 1, 0, 0])).toBe(false)
  })

  test('lost no more than 2 in any round', () => {
    expect(isOne([0, 5, -2, 5, 5, 5])).toBe(true)
    expect(isOne([0, 5, -3, 5, 5, 5])).toBe(false)
  })

  test('may lose four times more than what moved while idle', () => {
    expect(isOne([1, 9, -6, 9, 9, 9])).toBe(true)
    expect(isOne([-1, 9, -6, 9, 9, 9])).toBe(true)
    expect(isOne([1, 9, -7, 9, 9, 9])).toBe(false)
  })

  test('did not stand still in the last two rounds where its rate would have shown', () => {
    expect(isOne([0, 1000, 24, 0, 0, 0])).toBe(false)
    expect(isOne([0, 1000, 24, 0, 1, 0])).toBe(true)
  })

  test('may have stood still there if it is too rare to show', () => {
    expect(isOne([0, 2, 1, 2, 0, 0])).toBe(true)
  })
})

describe('a leak', () => {
  test('grows at the same rate in every round', () => {
    expect(classify(one(byRequests((n) => n)), timeline)).toEqual({ class: 'leak', why: 'in 7 of 7 rounds' })
  })

  test('is found at one object per 1,000 requests, in every one of 200 random runs', () => {
    const verdicts = Array.from({ length: 200 }, (_, seed) => {
      const gains = sporadic(1 / 1000, 1, seed)
      return isCandidate(values(gains), timeline) ? classOf(gains) : 'not seen'
    })
    expect(verdicts.filter((verdict) => verdict !== 'leak')).toEqual([])
  })

  test('is found where each event keeps many objects, in every one of 200 random runs', () => {
    const verdicts = Array.from({ length: 200 }, (_, seed) => {
      const gains = sporadic(1 / 1000, 50, seed)
      return isCandidate(values(gains), timeline) ? classOf(gains) : 'not seen'
    })
    expect(verdicts.filter((verdict) => verdict !== 'leak')).toEqual([])
  })

  test('may by chance show less than half its rate while confirming', () => {
    expect(classOf([0, 6, 3, 9, 4, 6, 7, 14, 0])).toBe('leak')
    expect(classOf([0, 8, 3, 11, 4, 8, 4, 11, 0])).toBe('slowing')
  })

  test('shows through a cache that filled at the same path', () => {
    expect(classOf(byRequests((n) => Math.min(n, 15_000) + n / 10))).toBe('leak')
  })

  test('may grow faster and faster', () => {
    expect(classOf(byRequests((n) => n ** 2 / 1e5))).toBe('leak')
  })
})

describe('what is no leak', () => {
  test('drains when more than half of it is gone after idling', () => {
    const gains = byRequests((n) => n / 10)
    const grown = gains.reduce((sum, gain) => sum + gain, 0)
    expect(classOf([...gains.slice(0, -1), -Math.ceil(grown / 2) - 1])).toBe('drains')
    expect(classOf([...gains.slice(0, -1), -Math.floor(grown / 2)])).toBe('leak')
  })

  test('goes by the clock when idling explains half of it', () => {
    expect(classify(one([10, 20, 10, 25, 15, 15, 20, 25, 24]), timeline)).toEqual({
      class: 'clock',
      why: '20.0/s without any request',
      perSecond: 20,
    })
  })

  test('is no clock when it falls while loaded: what goes up and down by itself is a sawtooth', () => {
    expect(classOf([3600, -1400, 2800, 0, 1500, 0, 0, 0, 3700])).toBe('sawtooth')
  })

  test('is no clock when one late allocation fell into the first idle time', () => {
    expect(classOf([4, 2, 1, 2, 1, 2, 4, 9, 0])).toBe('leak')
    expect(classOf([4, 2, 1, 2, 1, 2, 4, 9, 2])).toBe('clock')
  })

  test('is a sawtooth when it drops in a confirming round', () => {
    expect(classOf([0, 400, 200, 600, 300, 400, 900, -2500, 0])).toBe('sawtooth')
  })

  test('is a plateau when it stops growing', () => {
    expect(classOf([0, 400, 200, 300, 50, 10, 0, 0, 0])).toBe('plateau')
    expect(classOf([0, 2, 1, 2, 1, 1, 1, 1, 0])).toBe('plateau')
  })

  test('is a plateau when random keys have nearly filled their universe', () => {
    for (const keys of [1024, 4000]) expect(classOf(byRequests(randomKeys(keys)))).toBe('plateau')
  })

  test('is undecided while random keys still fill a universe larger than the run', () => {
    for (const keys of [10_000, 30_000, 60_000, 100_000]) expect(classOf(byRequests(randomKeys(keys)))).toBe('slowing')
  })

  test('is undecided when keys of falling popularity come ever more rarely', () => {
    expect(classOf(byRequests((n) => 1000 * Math.log(n)))).toBe('slowing')
  })

  test('is undecided without confirming rounds', () => {
    const short = runTimeline({ planned })
    expect(classify(one([0, 39, 19, 62, 33, 46]), short).class).toBe('slowing')
  })
})

describe('a recognised bounded cache', () => {
  const gains = byRequests((n) => n / 2)
  const filling = values(gains)

  test('is bounded while it fills', () => {
    const bound = { items: filling, max: 100_000 }
    expect(classify({ ...one(gains), bound }, timeline).class).toBe('bounded')
  })

  test('is bounded while it fills by the clock', () => {
    const byClock = [10, 20, 10, 25, 15, 15, 20, 25, 24]
    const bound = { items: values(byClock), max: 1000 }
    expect(classify({ ...one(byClock), bound }, timeline)).toEqual({ class: 'bounded', why: '240 of 1000 items' })
  })

  test('leaks if it grows after it was full', () => {
    const bound = { items: filling.map(() => 1000), max: 1000 }
    expect(classify({ ...one(gains), bound }, timeline).class).toBe('leak')
  })

  test('leaks if it grows on when it became full while confirming', () => {
    const bound = { items: filling.map((value) => Math.min(value, 25_000)), max: 25_000 }
    expect(classify({ ...one(gains), bound }, timeline).class).toBe('leak')
  })

  test('is bounded where it became full in the last round', () => {
    const items = filling.map((value) => Math.min(value, 25_000))
    expect(
      classify(
        { ...one(items.slice(1).map((value, moment) => value - items[moment]!)), bound: { items, max: 25_000 } },
        timeline,
      ),
    ).toEqual({
      class: 'bounded',
      why: 'full with 25000 items',
    })
  })

  test('explains no growth that each of its items adds to', () => {
    const bound = { items: filling, max: 100_000 }
    const denser = filling.map((value) => Math.round(value ** 2 / 1000))
    expect(classify({ sum: denser, byWorker: [denser], bound }, timeline).class).toBe('leak')
  })

  test('explains nothing while it stands still', () => {
    const bound = { items: filling.map(() => 10), max: 1000 }
    expect(classify({ ...one(gains), bound }, timeline).class).toBe('leak')
  })
})

describe('with several workers', () => {
  const fill = (gains: readonly number[][]): Values => {
    const byWorker = gains.map((worker) => values(worker, 0))
    return {
      sum: byWorker[0]!.map((_, moment) => byWorker.reduce((sum, worker) => sum + worker[moment]!, 0)),
      byWorker,
    }
  }

  test('growth up to the level at which another worker stopped is a plateau', () => {
    const quick = [0, 600, 300, 124, 0, 0, 0, 0, 0]
    const slow = [0, 78, 39, 125, 68, 92, 187, 400, 0]
    expect(classify(fill([quick, slow]), timeline).class).toBe('plateau')
  })

  test('growth beyond that level is a leak', () => {
    const quick = [0, 600, 300, 124, 0, 0, 0, 0, 0]
    const slow = [0, 78, 39, 125, 68, 92, 187, 443, 0]
    const beyond = slow.map((gain) => gain * 3)
    expect(classify(fill([quick, beyond]), timeline).class).toBe('leak')
  })

  test('a leak in the one worker that serves is a leak', () => {
    const idle = [0, 0, 0, 0, 0, 0, 0, 0, 0]
    expect(classify(fill([byRequests((n) => n), idle]), timeline).class).toBe('leak')
  })
})

describe('what the confirming rounds left undecided is held against a further pair, and there', () => {
  const further = [31_957, 64_937]
  const long = runTimeline({ planned, confirm, further })

  /** Gains with a drain after the confirming and after the further rounds. */
  function classAfter(at: (requests: number) => number, drains: readonly [number, number] = [0, 0]): string {
    const [idle, ...rounds] = byRequests(at).slice(0, -1)
    let before = 5003 + [...planned, ...confirm].reduce((sum, requests) => sum + requests, 0)
    const more = further.map((requests) => {
      const gain = Math.round(at(before + requests)) - Math.round(at(before))
      before += requests
      return gain
    })
    return classify(one([idle!, ...rounds, drains[0], ...more, drains[1]]), long).class
  }

  test('is a plateau where random keys fill their universe', () => {
    for (const keys of [10_000, 20_000, 30_000]) expect(classAfter(randomKeys(keys))).toBe('plateau')
  })

  test('stays undecided where they do not', () => {
    expect(classAfter(randomKeys(100_000))).toBe('slowing')
    expect(classAfter((n) => 1000 * Math.log(n))).toBe('slowing')
  })

  test('is the leak that a cache hid which filled at the same path', () => {
    expect(classAfter((n) => Math.min(n, 35_000) + n / 50)).toBe('leak')
  })

  test('is a backlog where it goes away while idle', () => {
    expect(classAfter((n) => 1000 * Math.log(n), [0, -1000])).toBe('drains')
  })

  test('is a plateau where a list that was called a leak turns out to be full', () => {
    expect(classAfter((n) => Math.min(n, 60_000))).toBe('plateau')
  })

  test('is a sawtooth where a leak turns out to fall', () => {
    expect(classAfter((n) => n - (n > 100_000 ? 90_000 : 0))).toBe('sawtooth')
  })

  test('is a plateau where records come ever more rarely', () => {
    const gains = [0, 62, 18, 0, 5, 0, 0, 19, 0, 0, 45, 0]
    expect(classify(one(gains), long).class).toBe('plateau')
    expect(classify(one([0, 0, 0, 9, 0, 0, 1, 2, 0, 15, 0, 0]), long).class).toBe('plateau')
  })

  test('is a leak where a burst at the start is followed by a rate that holds', () => {
    expect(classify(one([0, 70, 22, 13, 7, 9, 19, 44, 0, 64, 130, 0]), long).class).toBe('leak')
  })

  test('keeps what the confirming rounds did decide', () => {
    const gains = [0, 400, 200, 300, 50, 10, 0, 0, 0, 300, 900, 0]
    expect(classify(one(gains), long).class).toBe('plateau')
  })
})
