import { makePlan } from '../../../plugin/measure/plan.js'
import type { PlanInput } from '../../../plugin/measure/plan-options.js'
import { isCandidate } from '../../../plugin/verdict/candidate.js'
import { classify } from '../../../plugin/verdict/classify.js'
import { runTimeline } from './run-timeline.js'

/** Numbers from 0 to 1 that look random and are the same in each run. */
export function* random(seed: number): Generator<number, never> {
  let state = seed
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    yield state / 2 ** 32
  }
}

/** How many of so many requests were chosen, each with this probability; asked in rising order. */
export function chosenOf(probability: number, dice: () => number): (served: number) => number {
  const gap = () => 1 + Math.floor(Math.log(1 - dice()) / Math.log(1 - probability))
  let [chosen, next] = [0, gap()]
  return (served) => {
    for (; next <= served; next += gap()) chosen++
    return chosen
  }
}

const DEFAULT_PLAN = makePlan({})

/**
 * The class of one number as a whole run judges it, with confirming and further rounds only where it needs them.
 * @param held how much is held once so many requests were served, warm-up included; asked in rising order
 */
export function classOfRun(held: (served: number) => number, input?: PlanInput): string {
  const { warmup, rounds: planned, confirm, further } = input ? makePlan(input) : DEFAULT_PLAN
  let served = warmup
  const after = (requests: number) => {
    served += requests
    return held(served)
  }
  const drain = () => held(served)
  const values = [held(served), held(served), ...planned.map(after)]
  if (!isCandidate(values, runTimeline({ planned }))) return 'ok'
  values.push(...confirm.map(after), drain())
  const pair = runTimeline({ planned, confirm, loadS: 2 })
  const first = classify({ sum: values, byWorker: [values] }, pair)
  if (first.class !== 'slowing' && !first.thin) return first.class
  const sum = [...values, ...further.map(after), drain()]
  return classify({ sum, byWorker: [sum] }, runTimeline({ planned, confirm, further, loadS: 2, furtherS: 5 })).class
}
