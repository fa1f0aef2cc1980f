import { describe, expect, test } from 'vitest'
import { chosenOf, classOfRun, random } from './whole-run.js'

/** How often each class came in so many runs. */
function classesOf(runs: number, held: (dice: () => number) => (served: number) => number): Record<string, number> {
  const counts: Record<string, number> = {}
  for (let seed = 0; seed < runs; seed++) {
    const dice = random(seed * 7919 + 1)
    const found = classOfRun(held(() => dice.next().value))
    counts[found] = (counts[found] ?? 0) + 1
  }
  return counts
}

const GROWTH = ['leak', 'clock']
const growths = (classes: Record<string, number>) => GROWTH.reduce((sum, name) => sum + (classes[name] ?? 0), 0)

describe('in whole runs, no growth is', () => {
  test('a buffer that is flushed after any number of requests up to 45,000', () => {
    const wrong: number[] = []
    for (let period = 4; period <= 45_000; period++) {
      if (GROWTH.includes(classOfRun((served) => served % period))) wrong.push(period)
    }
    expect(wrong).toEqual([])
  })

  test('a store with any bound that the run can reach', () => {
    const wrong: number[] = []
    for (let bound = 1; bound <= 45_000; bound += 7) {
      if (GROWTH.includes(classOfRun((served) => Math.min(served, bound)))) wrong.push(bound)
    }
    expect(wrong).toEqual([])
  })

  test.each([3, 5, 10, 50, 1000])('what is anywhere below %d at each snapshot', (most) => {
    const classes = classesOf(1000, (dice) => () => Math.floor(dice() * most))
    expect(growths(classes)).toBe(0)
  })

  test('what wanders between 0 and 10', () => {
    const classes = classesOf(1000, (dice) => {
      let level = 5
      return () => {
        level = Math.max(0, Math.min(10, level + Math.round((dice() - 0.5) * 5)))
        return level
      }
    })
    expect(growths(classes)).toBe(0)
  })

  /** Each of `things` comes in once, when the first of the rare requests asks for it: routes, labels, templates. */
  const rare = (things: number, share: number) => (dice: () => number) => {
    const asked = chosenOf(share, dice)
    let [known, seen] = [0, 0]
    return (served: number) => {
      for (const all = asked(served); seen < all; seen++) if (dice() < 1 - known / things) known++
      return known
    }
  }

  test('a few dozen things that rare requests bring in, each once', () => {
    expect(growths(classesOf(100, rare(20, 0.001)))).toBeLessThanOrEqual(1)
    expect(growths(classesOf(100, rare(50, 0.002)))).toBeLessThanOrEqual(1)
    expect(growths(classesOf(100, rare(100, 0.005)))).toBeLessThanOrEqual(1)
  })

  /** A pool: what was ever in use at once, looked at every 50 requests. The tail says how far a busy moment can go beyond the usual ones. */
  const peak = (tail: number) => (dice: () => number) => {
    let [most, seen] = [0, 0]
    return (served: number) => {
      for (; seen < served; seen += 50) most = Math.max(most, Math.floor(3 * (1 - dice()) ** (-1 / tail)))
      return most
    }
  }

  test.each([1, 2, 3])(
    'the most that was ever in use at once, however rare and large its records are: tail %d',
    (tail) => {
      const { slowing = 0, ...classes } = classesOf(300, peak(tail))
      expect(growths(classes)).toBeLessThanOrEqual(4)
      expect(slowing).toBe(0)
    },
  )
})

describe('in whole runs, a leak is', () => {
  test('what keeps an object at any fixed number of requests up to 2,500', () => {
    const missed: number[] = []
    for (let period = 1; period <= 2500; period++) {
      if (classOfRun((served) => Math.floor(served / period)) !== 'leak') missed.push(period)
    }
    expect(missed).toEqual([])
  })

  test('one object in 1,000 requests at random, in each of 1,000 runs', () => {
    expect(classesOf(1000, (dice) => chosenOf(0.001, dice))).toEqual({ leak: 1000 })
  })

  test.each([9, 9000])('one in 1,000 requests at random that keeps 1 to %d objects', (most) => {
    const bursts = (dice: () => number) => {
      const chosen = chosenOf(0.001, dice)
      let [kept, held] = [0, 0]
      return (served: number) => {
        for (const all = chosen(served); kept < all; kept++) held += 1 + Math.floor(dice() * most)
        return held
      }
    }
    expect(classesOf(300, bursts)).toEqual({ leak: 300 })
  })

  test('one object in 100 requests where something else moves by up to 50 at the same path', () => {
    const classes = classesOf(200, (dice) => (served) => Math.floor(served / 100) + Math.floor(dice() * 50))
    expect(classes.leak).toBeGreaterThanOrEqual(195)
  })

  test('what begins in the last planned round', () => {
    expect(classOfRun((served) => Math.max(0, served - 24_000))).toBe('leak')
  })
})
