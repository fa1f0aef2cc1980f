import type { PlanInput } from '../../plugin/measure/plan-options.js'

/** As much load as the tests' leaks need to be seen, which come with every request. */
export const SMALL_PLAN = {
  rounds: [301, 149, 401, 199, 251],
  confirm: [503, 907],
  further: [],
  warmup: 200,
  idleMs: 50,
  drainMs: 100,
} as const satisfies PlanInput
