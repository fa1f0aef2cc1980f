import { type Analysis, analyse } from '../analysis/analysis.js'
import { type LeakRun, leakRun } from '../analysis/leak-run.js'
import type { LocateOptions } from '../locate/locate.js'
import type { Plan } from '../types/plan.js'
import type { Runtime } from '../types/runtime.js'
import { PlanError } from './plan-error.js'
import { takeSteps } from './procedure.js'
import { Recorder, type RecorderOptions } from './recorder.js'
import { planFor } from './sessions.js'

export type { LeakRun } from '../analysis/leak-run.js'

export interface MeasureOptions extends RecorderOptions, Pick<LocateOptions, 'restart' | 'conf'> {
  /** Told once nothing more is asked of the server: it may end while the report is made. */
  readonly onSeen?: () => void
}

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
  const analysis = analyse(recorder.measurement, recorder.heaps)
  const located = hasGrown(analysis) ? await locateGrowths(analysis, options) : analysis
  options.onSeen?.()
  return leakRun(located, plan.budgets)
}

function hasGrown({ growths, process }: Analysis): boolean {
  return growths.length + process.growths.length > 0
}

async function locateGrowths(analysis: Analysis, options: LocateOptions): Promise<Analysis> {
  const { locate } = await import('../locate/locate.js')
  return await locate(analysis, options)
}
