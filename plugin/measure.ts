import { parseBudgets } from './heap/budget.js'
import { isUndecided, leakReport } from './leak-report.js'
import { analyse, needsConfirming } from './measurement.js'
import { PlanError } from './plan.js'
import { Recorder, type RecorderOptions } from './recorder.js'
import type { BudgetsInput, LeakReport, Plan, Runtime } from './types.js'

export type MeasureOptions = RecorderOptions

/** A report that can be judged again. Its own fields are plain JSON; the method is not enumerable. */
export interface LeakRun extends LeakReport {
  /**
   * The same measurement under these budgets instead of the plan's.
   * @throws BudgetError for a budget that cannot be read
   */
  withBudgets(budgets: BudgetsInput): LeakReport
}

/**
 * Warm up, idle, then load and snapshot in turn; what grew in every round is loaded further until it shows what it is,
 * and each request of several alone, to tell which of them it comes from.
 * A run that breaks off has the verdict `invalid`, with its reasons and what was seen so far.
 * @throws PlanError for a plan without requests; the signal's reason when aborted
 */
export async function measure(runtime: Runtime, plan: Plan, options: MeasureOptions = {}): Promise<LeakRun> {
  if (plan.requests.length === 0) {
    throw new PlanError('PLAN_NO_REQUEST', "nothing to measure: the plan names no request, such as request: '/t'")
  }
  const recorder = new Recorder(runtime, plan, options)
  try {
    await recorder.warmUp()
    await recorder.idle()
    for (const amount of plan.rounds) await recorder.round('planned', amount)
    if (needsConfirming(recorder.measurement)) {
      for (const amount of plan.confirm) await recorder.round('confirm', amount)
      await recorder.drain()
      if (plan.further.length > 0 && isUndecided(analyse(recorder.measurement))) {
        for (const amount of plan.further) await recorder.round('further', amount)
        await recorder.drain()
      }
      if (plan.requests.length > 1 && analyse(recorder.measurement).growths.length > 0) {
        for (const request of plan.requests) await recorder.alone(request)
      }
    }
  } catch (error) {
    recorder.fail(error)
  }
  const analysis = analyse(recorder.measurement)
  const withBudgets = (budgets: BudgetsInput) => leakReport(analysis, parseBudgets(budgets))
  return Object.defineProperty(leakReport(analysis, plan.budgets) as LeakRun, 'withBudgets', { value: withBudgets })
}
