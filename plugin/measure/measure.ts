import { analyse } from '../analysis/analysis.js'
import { type LeakRun, leakRun } from '../analysis/leak-run.js'
import { type LocateOptions, locate } from '../locate/locate.js'
import type { Plan } from '../types/plan.js'
import type { Runtime } from '../types/runtime.js'
import { PlanError } from './plan-error.js'
import { takeSteps } from './procedure.js'
import { Recorder, type RecorderOptions } from './recorder.js'
import { planFor } from './sessions.js'

export type { LeakRun } from '../analysis/leak-run.js'

export type MeasureOptions = RecorderOptions & Pick<LocateOptions, 'restart' | 'conf'>

/**
 * Measures one server. A run that breaks off has the verdict `invalid`, with its reasons and what was seen so far.
 * @throws PlanError for a plan without requests, or for requests to a server without http; the signal's reason when aborted
 */
export async function measure(runtime: Runtime, given: Plan, options: MeasureOptions = {}): Promise<LeakRun> {
  if (given.driver.kind === 'requests' && given.requests.length === 0) {
    throw new PlanError('PLAN_NO_REQUEST', "nothing to measure: the plan names no request, such as request: '/t'")
  }
  const plan = planFor(given, runtime)
  const recorder = new Recorder(runtime, plan, options)
  await takeSteps([recorder], plan)
  options.history?.noteEnd(recorder.measurement)
  return leakRun(await locate(analyse(recorder.measurement, recorder.heaps), options), plan.budgets)
}
