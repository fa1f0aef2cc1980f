import { acceptGrowths } from '../budget/baseline.js'
import { toBaselineGrowth } from '../budget/baseline-growth.js'
import { parseBudgets } from '../budget/budget.js'
import type { Baseline, BaselineUpdate, BudgetsInput, ParsedBudget } from '../types/budget.js'
import type { LeakReport, ProcessGrowth } from '../types/report.js'
import type { Analysis } from './analysis.js'
import { evidenceOf } from './judged-growths.js'
import { leakReport } from './leak-report.js'
import { redactReport } from './redact.js'

/** A report that can be judged again. Its own fields are plain JSON; the methods are not enumerable. */
export interface LeakRun extends LeakReport {
  /**
   * The same measurement under these budgets instead of the plan's.
   * @throws BudgetError for a budget that cannot be read
   */
  withBudgets(budgets: BudgetsInput): LeakReport
  /** The same measurement with what this baseline accepts. */
  withBaseline(baseline: Baseline): LeakRun
  /** The same run, which says what the update of its baseline wrote. */
  withUpdate(update: BaselineUpdate): LeakRun
  /** A baseline that accepts what grew here and no budget or known leak covers. Entries of `before` that still fit are kept. */
  acceptable(before: Baseline): Baseline
}

/** What a run is judged under beside its budgets. */
interface Accepting {
  readonly baseline?: Baseline | undefined
  readonly update?: BaselineUpdate | undefined
}

/** A measurement that is judged under budgets and, if there is one, a baseline. */
export function leakRun(analysis: Analysis, budgets: readonly ParsedBudget[], baseline?: Baseline): LeakRun {
  return judgedRun(analysis, budgets, { baseline })
}

function judgedRun(analysis: Analysis, budgets: readonly ParsedBudget[], { baseline, update }: Accepting): LeakRun {
  const { redact } = analysis.measurement.plan
  const reportUnder = (these: readonly ParsedBudget[]): LeakReport => ({
    ...leakReport(analysis, these, baseline),
    ...(update && { baselineUpdate: update }),
  })
  const told = reportUnder(budgets)
  const report = { ...redactReport(told, redact) }
  const methods: Omit<LeakRun, keyof LeakReport> = {
    withBudgets: (others) => redactReport(reportUnder(parseBudgets(others)), redact),
    withBaseline: (other) => leakRun(analysis, budgets, other),
    withUpdate: (made) => judgedRun(analysis, budgets, { baseline, update: made }),
    acceptable: (before) => {
      const isLeft = ({ coveredBy }: Pick<ProcessGrowth, 'coveredBy'>) => !coveredBy || coveredBy === 'baseline'
      const open = [...told.growths.filter(isLeft), ...told.process.growths.filter(isLeft).map(toBaselineGrowth)]
      return acceptGrowths(open, before, evidenceOf(analysis))
    },
  }
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(report, name, { value })
  return report as LeakRun
}
