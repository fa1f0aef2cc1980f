import { count, size, sizeRate } from '../../base/number.js'
import { WORKER_BYTES } from '../../process/room.js'
import type { Growth } from '../../types/growth.js'
import type { LeakReport, ProcessGrowth } from '../../types/report.js'
import { paceOf, processPace } from './pace.js'

/** What a worker is taken to have and to serve, for the sentence on when it is full. */
export interface Forecast {
  /** Default 512 MB. */
  readonly workerBytes?: number
  /** Default 100. */
  readonly requestsPerSecond?: number
}

/** Bytes that all growths together take. */
interface Taken {
  /** With each request, connection or reload. */
  readonly each: number
  /** Each second, whatever is asked. */
  readonly second: number
  /** Part of `each`. */
  readonly slots: number
}

/**
 * When a worker is full, from all growths together, each of which takes a part of the same memory: one sentence with the rate that it is
 * made from. Table slots count: doubling as they do, they cost as much per entry in the long run. Memory that is no worker's own, such as a
 * shared zone's, or what another process holds, does not.
 * @returns undefined where nothing grows, or not in bytes
 */
export function fullTime(report: LeakReport, forecast: Forecast = {}): string | undefined {
  const { workerBytes = WORKER_BYTES, requestsPerSecond = 100 } = forecast
  const growing = report.growths.filter(({ process }) => process === undefined)
  const offHeap = report.process.growths.filter(({ process, zone }) => process === undefined && zone === undefined)
  const taken = [...growing.map((growth) => ofHeap(growth, report)), ...offHeap.map(ofProcess)].reduce(add, NOTHING)
  const { each, second, slots } = taken
  if (each + second <= 0) return undefined
  const unit = report.per ?? 'request'
  const speed = [
    ...(each > 0 ? [`${sizeRate(each)} per ${unit}`] : []),
    ...(second > 0 ? [`${sizeRate(second)} each second`] : []),
  ].join(' and ')
  const together = growing.length + offHeap.length > 1 ? 'Together they take' : 'It takes'
  return `${together} ${speed}${slots > 0 ? ', table slots included' : ''}: ${end()}`

  function end(): string {
    const worker = `a worker of ${size(workerBytes)} is full`
    if (each === 0) return `${worker} in ${duration(workerBytes / second)}.`
    if (unit === 'request') {
      return `at ${count(requestsPerSecond)} requests/s ${worker} in ${duration(workerBytes / (each * requestsPerSecond + second))}.`
    }
    // how often somebody connects or reloads is not known
    return second > 0
      ? `${worker} in ${duration(workerBytes / second)} at the latest.`
      : `${worker} after ${times(workerBytes / each, unit)}.`
  }
}

const NOTHING: Taken = { each: 0, second: 0, slots: 0 }

function add(one: Taken, other: Taken): Taken {
  return { each: one.each + other.each, second: one.second + other.second, slots: one.slots + other.slots }
}

/** Slots are known over the planned rounds, whose requests are known, but not their connections. */
function ofHeap(growth: Growth, { requests: { completed } }: LeakReport): Taken {
  const { class: found, per, bytesPerRequest } = growth
  if (found === 'clock') return { ...NOTHING, second: bytesPerRequest * (paceOf(growth)?.factor ?? 0) }
  const slots = per === undefined && completed > 0 ? Math.max(0, growth.slots.bytes) / completed : 0
  return { each: bytesPerRequest + slots, second: 0, slots }
}

function ofProcess(growth: ProcessGrowth): Taken {
  const { class: found, bytesPerRequest } = growth
  if (found === 'clock') return { ...NOTHING, second: bytesPerRequest * (processPace(growth)?.factor ?? 0) }
  return { ...NOTHING, each: bytesPerRequest }
}

function times(amount: number, unit: string): string {
  const whole = Math.max(1, Math.floor(amount))
  return `${count(whole)} ${whole === 1 ? unit : `${unit}s`}`
}

/** `1.4 days`, `3.2 hours`, `12 minutes`. */
function duration(seconds: number): string {
  const [unit, scale] = DURATIONS.find(([, scale]) => seconds >= scale) ?? DURATIONS[DURATIONS.length - 1]!
  const amount = seconds / scale
  const figure = amount < 10 ? amount.toFixed(1).replace(/\.0$/, '') : count(amount)
  return `${figure} ${figure === '1' ? unit : `${unit}s`}`
}

const DURATIONS = [
  ['year', 31_557_600],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const
