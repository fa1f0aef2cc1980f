import { inTurn } from './bench/in-turn.js'
import type { Timed } from './bench/time-round.js'
import { analyse, type Measurement, needsConfirming } from './measurement.js'
import { Recorder, type RecorderOptions } from './recorder.js'
import type { Plan } from './types/plan.js'

/**
 * Takes the steps of several measurements in turn: A B B A. A run that breaks off ends the others, too, and says so in its faults.
 * @returns the measurement of each server
 * @throws the signal's reason when aborted
 */
export async function measureInTurn(
  servers: readonly Timed[],
  plan: Plan,
  options: RecorderOptions,
): Promise<Measurement[]> {
  const recorders = servers.map(({ title, runtime }) => {
    const onStep = (text: string) => options.onStep?.(`${title}: ${text}`)
    return new Recorder(runtime, plan, { ...options, onStep })
  })
  const rounds = (kind: 'planned' | 'confirm' | 'further'): Step[] =>
    (kind === 'planned' ? plan.rounds : plan[kind]).map((amount) => (recorder) => recorder.round(kind, amount))
  const idle: Step = (recorder) => recorder.idle()
  const drain: Step = (recorder) => recorder.drain()
  const needing = (need: (measurement: Measurement) => boolean) => {
    return recorders.filter(({ measurement }) => need(measurement))
  }
  try {
    await takeInTurn(recorders, [(recorder) => recorder.warmUp(), idle, ...rounds('planned')])
    await takeInTurn(needing(needsConfirming), [...rounds('confirm'), drain])
    const unsettled = needing((measurement) => measurement.drained && analyse(measurement).unsettled)
    if (plan.further.length > 0) await takeInTurn(unsettled, [...rounds('further'), drain])
  } catch (error) {
    if (!(error instanceof Broken)) throw error
  }
  return recorders.map(({ measurement }) => measurement)
}

type Step = (recorder: Recorder) => Promise<void>

/** A recorder has taken down why its run broke off. */
class Broken extends Error {
  override readonly name = 'Broken'
}

/** @throws Broken where a step of any of them fails */
async function takeInTurn(recorders: readonly Recorder[], steps: readonly Step[]): Promise<void> {
  for (const [round, step] of steps.entries()) {
    for (const [, recorder] of inTurn(recorders, round)) {
      try {
        await step(recorder)
      } catch (error) {
        await recorder.fail(error)
        throw new Broken('the run broke off', { cause: error })
      }
    }
  }
}
