import type { RequestSpec } from '../../types/request.js'
import type { HttpClient } from '../lane/http-client.js'
import { Lane, type LaneAnswer } from '../lane/lane.js'
import type { LanePlan } from '../lane/lanes.js'
import { Pacer } from '../lane/pacer.js'
import { nameOf } from '../plan/request.js'
import { Schedule } from '../plan/schedule.js'
import type { TemplateValues } from '../plan/template.js'
import { packetBuilder, scriptedBuilder } from './packet.js'
import type { Part } from './part.js'
import { type LoadScript, scriptAnswer, scriptFailure } from './script.js'
import type { Tally } from './tally.js'

/** A lane with its client; what the client's packets are, nobody else has to know. */
export interface DrivenLane extends Pick<Lane<unknown>, 'span' | 'due' | 'gaveUp'> {
  run(): Promise<void>
  stop(): void
}

/** What all lanes of a part share. */
export interface LaneSetting {
  readonly part: Part
  readonly script: LoadScript | null
  readonly tally: Tally
  /** What the next request's templates are filled in with. */
  readonly values: () => TemplateValues
  /** Told what a hook threw. */
  readonly onFailure: (error: unknown) => void
}

export function drivenLane<Packet>(
  client: HttpClient<Packet>,
  planned: LanePlan,
  { part: { plan, requests, aims }, script, tally, values, onFailure }: LaneSetting,
): DrivenLane {
  const { indexes, weights, amount, rate } = planned
  const response = script?.response
  const builders = indexes.map((index) =>
    script?.request
      ? scriptedBuilder(requests[index]!, aims[index]!, client.encode, script.request)
      : packetBuilder(requests[index]!, aims[index]!, client.encode),
  )
  const lane = new Lane<Packet>({
    members: client.members(planned),
    amount,
    timeoutMs: (plan.timeoutS ?? 10) * 1000,
    durationMs: (plan.durationS ?? Number.POSITIVE_INFINITY) * 1000,
    schedule: new Schedule(weights, amount),
    pacer: rate === undefined ? null : new Pacer(rate),
    keepBodies: response !== undefined,
    packet: (index) => builders[index]!(values()),
    onAnswer: (index, answer) => {
      tally.answer(indexes[index]!, answer.status, answer.latencyMs * 1000)
      if (response) tellScript(response, requests[indexes[index]!]!, answer)
    },
    onRefused: () => tally.refusal(),
    onLoss: (kind, index, cause) => tally.loss(kind, index < 0 ? undefined : nameOf(requests[indexes[index]!]!), cause),
    onBytes: (count) => tally.bytes(count),
    onFailure,
  })
  return {
    get span() {
      return lane.span
    },
    get due() {
      return lane.due
    },
    get gaveUp() {
      return lane.gaveUp
    },
    run: () => client.run(lane, planned),
    stop: () => lane.stop(),
  }
}

function tellScript(hook: NonNullable<LoadScript['response']>, request: RequestSpec, answer: LaneAnswer): void {
  try {
    hook(scriptAnswer(request, answer))
  } catch (cause) {
    throw scriptFailure('response', cause)
  }
}
