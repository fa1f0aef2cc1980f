import { type Analysis, analyse } from '../../analysis/analysis.js'
import { takeSteps } from '../../measure/procedure.js'
import { Recorder, type RecorderOptions } from '../../measure/recorder.js'
import type { Plan } from '../../types/plan.js'
import type { Timed } from '../times/time-round.js'

/**
 * Measures several servers in turn, step by step, so that whatever happens to the machine happens to all of them.
 * A run that breaks off ends the others, too, and says so in its faults.
 * @returns what is known of each server
 * @throws the signal's reason when aborted
 */
export async function measureInTurn(
  servers: readonly Timed[],
  plan: Plan,
  options: RecorderOptions,
): Promise<Analysis[]> {
  const recorders = servers.map(({ title, runtime }) => {
    const onStep = (text: string) => options.onStep?.(`${title}: ${text}`)
    return new Recorder(runtime, plan, { ...options, onStep })
  })
  await takeSteps(recorders, plan)
  return recorders.map(({ measurement, heaps }) => analyse(measurement, heaps))
}
