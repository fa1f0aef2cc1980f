import { loadsOf, type Measurement } from '../../analysis/measurement.js'
import { heapTables } from '../../heap/tree/heap-table.js'
import type { Comparison, FailOn, SideName } from '../../types/compare/comparison.js'
import type { BenchTask } from '../../types/compare/result.js'
import type { Revision } from '../../types/identity.js'
import type { Plan } from '../../types/plan.js'
import { type Judging, judgeComparison, timeRules } from '../judge/judge.js'
import { areTold, looksOf } from '../judge/looks.js'
import { timeDifferences } from '../judge/time-difference.js'
import { loadShapes } from '../times/load-shapes.js'
import type { Timed } from '../times/time-round.js'
import { type TimesOptions, takeTimes } from '../times/times.js'
import { benchResult, steadyMoments } from './bench-result.js'
import { garbageInTurn } from './garbage-in-turn.js'
import { measureInTurn } from './measure-in-turn.js'

/** A running side of a comparison; its title is such as `head feature (1a2b3c4)`. */
export interface Side extends Timed {
  readonly revision: Revision | null
}

export interface ComparePlan {
  readonly memory: Plan
  /** Rounds of times on each side, at most; 0 for memory alone. */
  readonly rounds: number
  /** About how long the load of one round takes, in ms. */
  readonly roundMs: number
  readonly judging: Judging & { readonly failOn: FailOn }
}

/**
 * Measures both sides in turn, step by step, so that whatever happens to the machine happens to both: first what they keep and hold,
 * then what they throw away, then their times. Where one cannot be measured, the comparison says so, ends, and has what was seen so far.
 * @throws the signal's reason when aborted
 */
export async function compare(
  base: Side,
  head: Side,
  plan: ComparePlan,
  options: TimesOptions = {},
): Promise<Comparison> {
  const sides = [base, head] as const
  const seconds = { boot: 0, memory: 0, garbage: 0, times: 0 }
  const timed = async <T>(part: keyof typeof seconds, work: Promise<T>): Promise<T> => {
    const from = performance.now()
    const result = await work
    seconds[part] = Math.round(performance.now() - from) / 1000
    return result
  }
  const { signal, onStep } = options
  const measuring = { ...(signal && { signal }), ...(onStep && { onStep }) }
  const analyses = await timed('memory', measureInTurn(sides, plan.memory, measuring))
  const measured = analyses.map(({ measurement }) => measurement)
  // Which server each request is for was found in the measurement.
  const placed = { ...plan.memory, requests: measured[0]!.plan.requests }
  let believed = measured.every(({ faults }) => faults.length === 0)
  const { rounds, judging } = plan
  const broken: string[] = []
  const step = async <T>(part: keyof typeof seconds, work: () => Promise<T[]>): Promise<T[]> => {
    if (!believed) return []
    try {
      return await timed(part, work())
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof Error && 'code' in error)) throw error
      broken.push(error.message)
      believed = false
      return []
    }
  }
  const garbage = await step('garbage', () => garbageInTurn(sides, placed, options))
  const tasks = await step('times', () => takeTimes(sides, timesPlan({ ...plan, memory: placed }, measured), options))
  const heaps = Object.values(heapTables(steadyMoments(measured[0]!), steadyMoments(measured[1]!)))
  const [ofBase, ofHead] = sides.map(({ runtime, revision }, side) => {
    const parts = { revision, heap: heaps[side]!, garbage: garbage[side] ?? null, tasks: tasks[side] ?? [] }
    return benchResult(runtime, analyses[side]!, parts)
  })
  return judgeComparison(ofBase!, ofHead!, { ...judging, paired: true, rounds, seconds, broken, notes: notices(sides) })
}

/** Rounds as long as asked for at the pace that was seen, until they tell. */
function timesPlan({ memory, rounds, roundMs, judging }: ComparePlan, measured: readonly Measurement[]) {
  const { requests, expectStatus, timeoutS, connections } = memory
  const rules = timeRules({ ...judging, paired: true, rounds })
  const isEnough = (taken: number, [base, head]: readonly (readonly BenchTask[])[]) =>
    looksOf(rounds).includes(taken) && areTold(timeDifferences(base!, head!, rules), rounds)
  const seen = measured.map((measurement) => loadsOf(measurement, 'planned'))
  const loads = loadShapes([connections], seen, roundMs)
  return { requests, expectStatus, timeoutS, loads, timeMs: Math.round(roundMs / 3), rounds, isEnough }
}

/** What was changed in the confs: most of it is the same on both sides, and what is not names its side. */
function notices([base, head]: readonly [Side, Side]): string[] {
  const shared = base.runtime.notices.filter((notice) => head.runtime.notices.includes(notice))
  const own = (name: SideName, { runtime }: Side) =>
    runtime.notices.filter((notice) => !shared.includes(notice)).map((notice) => `${name}: ${notice}`)
  return [...shared, ...own('base', base), ...own('head', head)]
}
