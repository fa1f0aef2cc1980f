import { performance } from 'node:perf_hooks'
import { sumOf } from '../../base/sum.js'
import type { Http2Packet } from '../http2/packet.js'
import type { HttpClient } from '../lane/http-client.js'
import { planLanes } from '../lane/lanes.js'
import { randomFrom } from '../plan/template.js'
import type { LoadCount } from '../progress.js'
import { type DrivenLane, drivenLane } from './driven-lane.js'
import type { Part, PartCount } from './part.js'
import { RateSamples } from './rate-samples.js'
import type { LoadScript } from './script.js'
import { Tally } from './tally.js'
import type { Http1Packet } from './wire.js'

export interface HttpClients {
  readonly http1: HttpClient<Http1Packet>
  /** Loaded where it is asked for: Node's part of it takes as long to load as the rest of the client. */
  readonly http2: () => Promise<HttpClient<Http2Packet>>
}

export interface DriveOptions {
  readonly clients: HttpClients
  readonly script: LoadScript | null
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((count: LoadCount) => void) | undefined
}

/** Runs one part to its end. Rejects with the signal's reason or with what a hook threw; its connections are closed then. */
export async function drive(part: Part, { clients, script, signal, onProgress }: DriveOptions): Promise<PartCount> {
  const { plan, requests, aims } = part
  const tally = new Tally({ requests, expectStatus: plan.expectStatus })
  const failure = new AbortController()
  const setting = { part, script, tally, values: numbered(part), onFailure: (error: unknown) => failure.abort(error) }
  const lanes = await Promise.all(
    planLanes(requests, aims, plan).map(async (planned) =>
      planned.protocol === 'http1'
        ? drivenLane(clients.http1, planned, setting)
        : drivenLane(await clients.http2(), planned, setting),
    ),
  )
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

function partCount(tally: Tally, lanes: readonly DrivenLane[], rates: RateSamples): PartCount {
  const spans = lanes.flatMap(({ span }) => span ?? [])
  const dues = lanes.flatMap(({ due }) => due ?? [])
  return {
    tally: tally.toJSON(),
    startMs: spans.length === 0 ? null : performance.timeOrigin + Math.min(...spans.map(({ startMs }) => startMs)),
    lastMs: spans.length === 0 ? null : performance.timeOrigin + Math.max(...spans.map(({ lastMs }) => lastMs)),
    due: dues.length === 0 ? null : sumOf(dues),
    gaveUp: lanes.find(({ gaveUp }) => gaveUp !== null)?.gaveUp ?? null,
    rates: rates.perSecond,
  }
}
