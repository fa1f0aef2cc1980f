import { type LeakRun, leakRun } from './leak-run.js'
import { analyse, needsConfirming } from './measurement.js'
import { PlanError } from './plan.js'
import { Recorder, type RecorderOptions } from './recorder.js'
import type { Plan } from './types/plan.js'
import type { Runtime } from './types/runtime.js'

export type { LeakRun } from './leak-run.js'

export type MeasureOptions = RecorderOptions

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
    await recorder.checkItself()
    await recorder.warmUp()
    await recorder.idle()
    for (const amount of plan.rounds) await recorder.round('planned', amount)
    if (needsConfirming(recorder.measurement)) {
      for (const amount of plan.confirm) await recorder.round('confirm', amount)
      await recorder.drain()
      if (plan.further.length > 0 && analyse(recorder.measurement).unsettled) {
        for (const amount of plan.further) await recorder.round('further', amount)
        await recorder.drain()
      }
      if (plan.requests.length > 1 && plan.per !== 'reload' && analyse(recorder.measurement).growths.length > 0) {
        for (const request of plan.requests) await recorder.alone(request)
      }
    }
  } catch (error) {
    await recorder.fail(error)
  }
  return leakRun(analyse(recorder.measurement), plan.budgets)
}
