import { type Analysis, analyse, needsConfirming } from '../analysis/analysis.js'
import { isOpen, judgeGrowths } from '../analysis/judged-growths.js'
import type { Measurement } from '../analysis/measurement.js'
import { nameOf } from '../load/plan/request.js'
import type { Plan } from '../types/plan.js'
import { inTurn } from './in-turn.js'
import type { Recorder } from './recorder.js'

/** Loads of some requests alone, at most: three leaks among a hundred take fewer. */
const SOLO_ROUNDS = 60

/**
 * The steps of a measurement, for one server or for several in turn (A B B A): warm up, idle, then load and look in turn; what grew in every
 * planned round is loaded further until it shows what it is, and timers that are due may take it away before it is called a leak;
 * requests of several are sent alone, one by one or, of many, half by half, to tell which of them a growth comes from.
 * A step that fails ends all runs; its recorder has taken down why.
 * @throws the signal's reason when aborted
 */
export async function takeSteps(recorders: readonly Recorder[], plan: Plan): Promise<void> {
  const rounds = (kind: 'planned' | 'confirm' | 'further', amounts: readonly number[]): Step[] =>
    amounts.map((amount) => (recorder) => recorder.round(kind, amount))
  const drain: readonly Step[] = [
    (recorder) => recorder.drain(),
    (recorder) => recorder.awaitTimers(() => wouldFail(recorder)),
  ]
  const stages: readonly (() => [readonly Recorder[], readonly Step[]])[] = [
    () => [
      recorders,
      [(recorder) => recorder.checkItself(), (recorder) => recorder.warmUp(), (recorder) => recorder.idle()],
    ],
    () => [recorders, rounds('planned', plan.rounds)],
    () => [recorders.filter(needsMore), [...rounds('confirm', plan.confirm), ...drain]],
    () => [recorders.filter(isUnsettled), [...rounds('further', plan.further), ...drain]],
  ]
  for (const stage of stages) {
    const [taking, steps] = stage()
    if (!(await takeInTurn(taking, steps))) return
  }
  await attribute()

  /** Only what was seen tells what to look at next. */
  async function attribute(): Promise<void> {
    for (let left = SOLO_ROUNDS; left > 0; ) {
      const recorder = recorders.find(hasOneOfSeveral)
      const groups = recorder ? distinct(analyse(recorder.measurement, recorder.heaps).unattributed).slice(0, left) : []
      if (groups.length === 0) return
      const steps = groups.map(
        (names): Step =>
          (taking) =>
            taking.alone(requestsNamed(names)),
      )
      if (!(await takeInTurn([recorder!], steps))) return
      left -= groups.length
    }
  }

  function requestsNamed(names: readonly string[]) {
    const wanted = new Set(names)
    return plan.requests.filter((request) => wanted.has(nameOf(request)))
  }

  function isUnsettled(recorder: Recorder): boolean {
    return (
      plan.further.length > 0 &&
      isConfirmed(recorder.measurement) &&
      analyse(recorder.measurement, recorder.heaps).unsettled
    )
  }

  function hasOneOfSeveral(recorder: Recorder): boolean {
    const several = recorders.length === 1 && plan.requests.length > 1 && plan.per !== 'reload'
    return several && isConfirmed(recorder.measurement) && hasLeak(analyse(recorder.measurement, recorder.heaps))
  }
}

function distinct(groups: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return [...new Map(groups.map((names) => [names.join('\n'), names])).values()]
}

type Step = (recorder: Recorder) => Promise<void>

function isConfirmed({ moments }: Measurement): boolean {
  return moments.some(({ kind }) => kind === 'drain')
}

function hasLeak({ growths, process }: Analysis): boolean {
  return growths.length > 0 || process.growths.length > 0
}

function needsMore({ measurement, heaps }: Recorder): boolean {
  return needsConfirming(measurement, heaps)
}

function wouldFail(recorder: Recorder): boolean {
  return isOpen(judgeGrowths(analyse(recorder.measurement, recorder.heaps), recorder.measurement.plan.budgets))
}

/** @returns false where a step failed */
async function takeInTurn(recorders: readonly Recorder[], steps: readonly Step[]): Promise<boolean> {
  for (const [round, step] of steps.entries()) {
    for (const [, recorder] of inTurn(recorders, round)) {
      try {
        await step(recorder)
      } catch (error) {
        await recorder.fail(error)
        return false
      }
    }
  }
  return true
}
