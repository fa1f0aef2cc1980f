import { performance } from 'node:perf_hooks'
import type { RequestSpec } from '../../types/request.js'
import type { Http2Packet } from '../http2/packet.js'
import type { HttpClient } from '../lane/http-client.js'
import { Lane, type LaneAnswer } from '../lane/lane.js'
import { type LanePlan, planLanes } from '../lane/lanes.js'
import { Pacer } from '../lane/pacer.js'
import { nameOf } from '../plan/request.js'
import { Schedule } from '../plan/schedule.js'
import { randomFrom } from '../plan/template.js'
import type { LoadCount } from '../progress.js'
import { packetBuilder, scriptedBuilder } from './packet.js'
import type { Part, PartCount } from './part.js'
import { RateSamples } from './rate-samples.js'
import { type LoadScript, scriptAnswer, scriptFailure } from './script.js'
import { Tally } from './tally.js'
import type { Http1Packet } from './wire.js'

export interface HttpClients {
  readonly http1: HttpClient<Http1Packet>
  readonly http2: HttpClient<Http2Packet>
}

export interface DriveOptions {
  readonly clients: HttpClients
  readonly script: LoadScript | null
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((count: LoadCount) => void) | undefined
}

/** A lane with its client; what the client's packets are, nobody else has to know. */
interface DrivenLane extends Pick<Lane<unknown>, 'span' | 'due' | 'gaveUp'> {
  run(): Promise<void>
  stop(): void
}

/** Runs one part to its end. Rejects with the signal's reason or with what a hook threw; its connections are closed then. */
export async function drive(part: Part, { clients, script, signal, onProgress }: DriveOptions): Promise<PartCount> {
  const { plan, requests, aims } = part
  const tally = new Tally({ requests, expectStatus: plan.expectStatus })
  const values = numbered(part)
  const failure = new AbortController()
  const response = script?.response
  const lanes = planLanes(requests, aims, plan).map((planned) =>
    planned.protocol === 'http1' ? drivenLane(clients.http1, planned) : drivenLane(clients.http2, planned),
  )

  function drivenLane<Packet>(client: HttpClient<Packet>, planned: LanePlan): DrivenLane {
    const { indexes, weights, amount, rate } = planned
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
      onLoss: (kind, index, cause) =>
        tally.loss(kind, index < 0 ? undefined : nameOf(requests[indexes[index]!]!), cause),
      onBytes: (count) => tally.bytes(count),
      onFailure: (error) => failure.abort(error),
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

  const ends = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal
  const stop = () => {
    for (const lane of lanes) lane.stop()
  }
  ends.addEventListener('abort', stop, { once: true })
  const rates = new RateSamples(
    () => tally.completed,
    onProgress && ((completed) => onProgress({ completed, errors: tally.lost })),
  )
  try {
    ends.throwIfAborted()
    await Promise.all(lanes.map((lane) => lane.run()))
    ends.throwIfAborted()
  } finally {
    ends.removeEventListener('abort', stop)
    stop()
    rates[Symbol.dispose]()
  }
  return partCount(tally, lanes, rates)
}

function numbered({ firstNumber, numberStep }: Part) {
  const random = randomFrom(firstNumber)
  let next = firstNumber
  return () => {
    const n = next
    next += numberStep
    return { n, random }
  }
}

function tellScript(hook: NonNullable<LoadScript['response']>, request: RequestSpec, answer: LaneAnswer): void {
  try {
    hook(scriptAnswer(request, answer))
  } catch (cause) {
    throw scriptFailure('response', cause)
  }
}

function partCount(tally: Tally, lanes: readonly DrivenLane[], rates: RateSamples): PartCount {
  const spans = lanes.flatMap(({ span }) => span ?? [])
  const dues = lanes.flatMap(({ due }) => due ?? [])
  return {
    tally: tally.toJSON(),
    startMs: spans.length === 0 ? null : performance.timeOrigin + Math.min(...spans.map(({ startMs }) => startMs)),
    lastMs: spans.length === 0 ? null : performance.timeOrigin + Math.max(...spans.map(({ lastMs }) => lastMs)),
    due: dues.length === 0 ? null : dues.reduce((all, due) => all + due, 0),
    gaveUp: lanes.find(({ gaveUp }) => gaveUp !== null)?.gaveUp ?? null,
    rates: rates.perSecond,
  }
}
