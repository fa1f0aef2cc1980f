import { performance } from 'node:perf_hooks'
import type { RequestSpec } from '../../types/request.js'
import { nameOf } from '../plan/request.js'
import { Schedule } from '../plan/schedule.js'
import { randomFrom } from '../plan/template.js'
import type { LoadCount } from '../progress.js'
import { Lane, type LaneAnswer } from './lane.js'
import { type LanePlan, planLanes } from './lanes.js'
import { Pacer } from './pacer.js'
import { packetBuilder, scriptedBuilder } from './packet.js'
import type { Part, PartCount } from './part.js'
import { RateSamples } from './rate-samples.js'
import { type LoadScript, scriptAnswer, scriptFailure } from './script.js'
import { Tally } from './tally.js'

/** Opens a lane's connections and resolves when all of them are closed again. */
export type RunClients = (lane: Lane, plan: LanePlan) => Promise<void>

export interface DriveOptions {
  readonly run: RunClients
  readonly script: LoadScript | null
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((count: LoadCount) => void) | undefined
}

/** Runs one part to its end. Rejects with the signal's reason or with what a hook threw; its connections are closed then. */
export async function drive(part: Part, { run, script, signal, onProgress }: DriveOptions): Promise<PartCount> {
  const { plan, requests, aims } = part
  const tally = new Tally({ requests, expectStatus: plan.expectStatus })
  const values = numbered(part)
  const failure = new AbortController()
  const planned = planLanes(requests, aims, plan)
  const lanes = planned.map(({ indexes, weights, amount, connections, rate }) => {
    const builders = indexes.map((index) =>
      script?.request
        ? scriptedBuilder(requests[index]!, aims[index]!, script.request)
        : packetBuilder(requests[index]!, aims[index]!),
    )
    const response = script?.response
    return new Lane({
      connections,
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
      onLoss: (kind, index, cause) =>
        tally.loss(kind, index < 0 ? undefined : nameOf(requests[indexes[index]!]!), cause),
      onBytes: (count) => tally.bytes(count),
      onFailure: (error) => failure.abort(error),
    })
  })
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
    await Promise.all(lanes.map((lane, index) => run(lane, planned[index]!)))
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

function partCount(tally: Tally, lanes: readonly Lane[], rates: RateSamples): PartCount {
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
