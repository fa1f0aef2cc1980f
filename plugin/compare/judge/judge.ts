import {
  COMPARISON_FORMAT,
  type Comparison,
  type FailOn,
  type KeptDifference,
  type MemoryDifference,
  type TimeDifference,
} from '../../types/compare/comparison.js'
import type { BenchMemory, BenchResult } from '../../types/compare/result.js'
import { heapDifference } from './heap-difference.js'
import { keptDifferences } from './kept-difference.js'
import { levelOfLook } from './looks.js'
import type { Minimums } from './thresholds.js'
import { minimumOf } from './thresholds.js'
import { type TimeRules, timeDifferences } from './time-difference.js'

export interface Judging {
  readonly minimums: Minimums
  /** Level of each test of times: 0.01 is one false call in a hundred. */
  readonly level: number
}

export interface JudgeOptions extends Judging {
  readonly failOn: FailOn
  /** Whether rounds of the same index were taken side by side. */
  readonly paired: boolean
  /** Rounds that were planned, where it was looked at the times before the last of them. */
  readonly rounds?: number
  readonly seconds: Comparison['seconds']
  /** Why times are not compared, if they are not. */
  readonly noTimes?: string
  /** Why it could not be measured to its end, if it could not. */
  readonly broken?: readonly string[]
  /** What the sides themselves have to say. */
  readonly notes?: readonly string[]
}

/** The comparison of two results under these rules. */
export function judgeComparison(base: BenchResult, head: BenchResult, options: JudgeOptions): Comparison {
  const { failOn, level, minimums, seconds, noTimes, notes = [] } = options
  const invalid = [base, head].flatMap(({ memory }, side) =>
    memory && memory.verdict === 'invalid'
      ? [`${side === 0 ? 'base' : 'head'} could not be measured: ${memory.reason}`]
      : [],
  )
  const broken = [...(options.broken ?? []), ...invalid]
  const memory =
    invalid.length === 0 && base.memory && head.memory ? memoryDifference(base.memory, head.memory, minimums) : null
  const times =
    broken.length > 0 || noTimes !== undefined ? [] : timeDifferences(base.tasks, head.tasks, timeRules(options))
  const failures = [...(failOn === 'slower' ? [] : leaks(memory)), ...(failOn === 'leak' ? [] : slowdowns(times))]
  return {
    format: COMPARISON_FORMAT,
    passed: broken.length === 0 && failures.length === 0,
    failOn,
    reasons: [...broken, ...failures],
    notes: [...(noTimes === undefined ? [] : [noTimes]), ...undecidedReasons(head), ...notes],
    measured: broken.length === 0,
    base,
    head,
    memory,
    times,
    level,
    seconds,
  }
}

/** How times are judged. */
export function timeRules({
  level,
  minimums,
  paired,
  rounds = 0,
}: Judging & Pick<JudgeOptions, 'paired' | 'rounds'>): TimeRules {
  return { level: levelOfLook(level, rounds), paired, minimum: (metric) => minimumOf(minimums, metric) }
}

function memoryDifference(base: BenchMemory, head: BenchMemory, minimums: Minimums): MemoryDifference {
  const kept = keptDifferences(base.kept, head.kept)
  // What grows off the heap has no path on it.
  const growing = kept.map(({ path }) => path).filter((path) => !path.startsWith('process.'))
  return {
    kept,
    heap: heapDifference(base.heap, head.heap, growing, minimums.heap),
    garbage: base.garbage && head.garbage ? { base: base.garbage, head: head.garbage } : null,
  }
}

/** What head keeps more than base. What both keep alike is no news of this change. */
function leaks(memory: MemoryDifference | null): string[] {
  return (memory?.kept ?? []).filter(({ call }) => call === 'more').map(keptSentence)
}

function keptSentence({ path, objectsPerRequest, entriesPerRequest, bytesPerRequest }: KeptDifference): string {
  const [what, { base, head }] =
    objectsPerRequest.head > 0
      ? (['objects', objectsPerRequest] as const)
      : entriesPerRequest.head > 0
        ? (['entries', entriesPerRequest] as const)
        : (['bytes', bytesPerRequest] as const)
  return `${path} keeps ${head} ${what}/request in head, ${base} in base`
}

function slowdowns(times: readonly TimeDifference[]): string[] {
  return times
    .filter(({ call }) => call === 'slower')
    .map(({ task, metric, ratio }) => {
      const percent = Math.round((ratio - 1) * 1000) / 10
      return `${task} ${metric} is slower in head: ${percent > 0 ? '+' : ''}${percent} %`
    })
}

function undecidedReasons({ memory }: BenchResult): string[] {
  return memory?.verdict === 'inconclusive' ? [`head is undecided: ${memory.reason}`] : []
}
