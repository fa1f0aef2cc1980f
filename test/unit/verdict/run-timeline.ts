import type { MomentKind } from '../../../plugin/types/moment.js'
import type { Timeline } from '../../../plugin/verdict/timeline.js'

export interface RunShape {
  readonly planned: readonly number[]
  readonly confirm?: readonly number[]
  readonly further?: readonly number[]
  readonly idleS?: number
  /** Of all planned and confirming rounds together. */
  readonly loadS?: number
  readonly furtherS?: number
  readonly drainS?: number
}

/** The timeline of a run with these rounds; confirming and further ones have a drain behind them. */
export function runTimeline({
  planned,
  confirm = [],
  further = [],
  idleS = 0.5,
  loadS = 5,
  furtherS = 9,
  drainS = 1.2,
}: RunShape): Timeline {
  const rounds = (kind: MomentKind, amounts: readonly number[], seconds: number) =>
    amounts.map((units) => ({ kind, units, seconds }))
  const drain = { kind: 'drain' as const, units: 0, seconds: drainS }
  const each = loadS / (planned.length + confirm.length)
  return [
    { kind: 'start', units: 0, seconds: 0 },
    { kind: 'idle', units: 0, seconds: idleS },
    ...rounds('planned', planned, each),
    ...(confirm.length > 0 ? [...rounds('confirm', confirm, each), drain] : []),
    ...(further.length > 0 ? [...rounds('further', further, furtherS / further.length), drain] : []),
  ]
}
