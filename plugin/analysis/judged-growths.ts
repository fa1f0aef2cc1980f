import { sumOf } from '../base/sum.js'
import { type Evidence, judgeByBaseline } from '../budget/baseline.js'
import { toBaselineGrowth } from '../budget/baseline-growth.js'
import { heapCover, processCover } from '../budget/cover.js'
import { fileFromPrefix, fromPrefix } from '../heap/source/from-prefix.js'
import type { Baseline, ParsedBudget } from '../types/budget.js'
import type { Growth } from '../types/growth.js'
import type { ProcessGrowth, Violation } from '../types/report.js'
import { idleSeconds, roundsOf } from '../verdict/timeline.js'
import type { Analysis } from './analysis.js'

/** All that moved, with what covers it: a budget, a known leak or a baseline. */
export interface JudgedGrowths {
  readonly growths: readonly Growth[]
  /** What moved and is no leak, or undecided. */
  readonly moved: readonly Growth[]
  /** The same off the Lua heap. */
  readonly process: { readonly growths: readonly ProcessGrowth[]; readonly moved: readonly ProcessGrowth[] }
  /** What exceeds the rates that the baseline accepts. */
  readonly violations: readonly Violation[]
}

/** What moved, held against budgets, the plan's known leaks and a baseline. Files are relative to nginx's prefix. */
export function judgeGrowths(
  analysis: Analysis,
  budgets: readonly ParsedBudget[],
  baseline: Baseline = {},
): JudgedGrowths {
  const { plan, runtime } = analysis.measurement
  const evidence = evidenceOf(analysis)
  const onHeap = (growth: Growth): Growth => ({
    ...fromPrefix(growth, runtime.prefix),
    coveredBy: heapCover(growth, budgets, plan.knownLeaks),
  })
  const offHeap = (growth: ProcessGrowth): ProcessGrowth => ({
    ...fileFromPrefix(growth, runtime.prefix),
    coveredBy: processCover(growth, budgets, plan.knownLeaks),
  })
  const growths = analysis.growths.map(onHeap).map((growth) => {
    const { coveredBy, violations } = judgeByBaseline(growth, baseline, evidence)
    return { growth: { ...growth, coveredBy }, violations }
  })
  const ofProcess = analysis.process.growths.map(offHeap).map((growth) => {
    const subject = { ...toBaselineGrowth(growth), coveredBy: growth.coveredBy ?? null }
    const { coveredBy, violations } = judgeByBaseline(subject, baseline, evidence)
    return { growth: { ...growth, coveredBy }, violations }
  })
  return {
    growths: growths.map(({ growth }) => growth),
    moved: analysis.moved.map(onHeap),
    process: {
      growths: ofProcess.map(({ growth }) => growth),
      moved: analysis.process.moved.map(offHeap),
    },
    violations: [...growths, ...ofProcess].flatMap(({ violations }) => violations),
  }
}

/** What a baseline's rates are held against. */
export function evidenceOf({ timeline }: Analysis): Evidence {
  return { requests: sumOf(roundsOf(timeline)), idleS: idleSeconds(timeline) }
}

/** Whether something grew, or is undecided, that nothing covers. */
export function isOpen({ growths, moved, process }: JudgedGrowths): boolean {
  const undecided = [...moved, ...process.moved].filter(isUndecided)
  return [...growths, ...process.growths, ...undecided].some(({ coveredBy }) => coveredBy === null)
}

/** Whether more load would tell what something is: it grew, and ever slower. */
export function isUndecided({ class: found }: Pick<Growth, 'class'>): boolean {
  return found === 'slowing'
}
