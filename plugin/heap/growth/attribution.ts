import { sumOf } from '../../base/sum.js'
import type { RequestShare } from '../../types/growth.js'

/** A load of some requests of a plan alone, each as often as the others. */
export interface GroupRound {
  readonly requests: readonly string[]
  /** Gain per request. */
  readonly rate: number
}

export interface Attribution {
  readonly byRequest: readonly RequestShare[]
  /** Groups whose load would tell more; empty where all is told. */
  readonly next: readonly (readonly string[])[]
}

/** So many requests are sent one by one: halving them would save nothing. */
const FEW = 8
/** Requests that are sent alone first: where all of them gain alike, all requests run the same code that leaks. */
const SAMPLES = 3
/** Rates of one leak differ by no more in rounds of some thousand requests. */
const ALIKE = 0.1
/** Less than this share of what its group gains is nobody's leak: something else moves there. */
const NOTHING = 0.01
/** The same of what was not measured but is left over, which has the errors of two rounds. */
const NOTHING_LEFT = 0.05

/**
 * Which requests of a plan a growth comes from, by halves: of a group that gains, one half is loaded alone, and what it does not gain the
 * other does. For k leaking requests of n some 2k log2(n) rounds tell, instead of n.
 * @param names all requests of the plan
 * @param rounds what was loaded so far
 */
export function attribute(names: readonly string[], rounds: readonly GroupRound[]): Attribution {
  const measured = new Map(rounds.map(({ requests, rate }) => [requests.join('\n'), rate]))
  const rateOf = (group: readonly string[]) => measured.get(group.join('\n'))
  const missing = (group: readonly (readonly string[])[]) => group.filter((each) => rateOf(each) === undefined)

  const firsts = names.length <= FEW ? names : samplesOf(names)
  const next = missing(firsts.map((name) => [name]))
  const samples = firsts.flatMap((name) => rateOf([name]) ?? [])
  if (names.length <= FEW) {
    const known = names.filter((name) => rateOf([name]) !== undefined)
    return { byRequest: known.map((request) => ({ request, perRequest: rateOf([request])! })), next }
  }
  if (next.length > 0) return { byRequest: [], next }
  const mean = sumOf(samples) / samples.length
  if (mean > 0 && samples.every((rate) => Math.abs(rate - mean) <= ALIKE * mean)) {
    return { byRequest: shared(names, mean), next }
  }

  const byRequest: RequestShare[] = []
  const more: (readonly string[])[] = []
  walk(names, undefined)
  return { byRequest, next: more }

  /** @param gain of the group, one request of each; undefined where it is not known yet */
  function walk(group: readonly string[], gain: number | undefined): void {
    const own = rateOf(group)
    if (group.length === 1) {
      if (own === undefined) more.push(group)
      byRequest.push({ request: group[0]!, perRequest: own ?? gain ?? 0 })
      return
    }
    const halves = [group.slice(0, group.length >> 1), group.slice(group.length >> 1)] as const
    const [first, second] = halves.map((half) => {
      const rate = rateOf(half)
      return rate === undefined ? undefined : rate * half.length
    })
    const rest = second ?? (gain === undefined || first === undefined ? undefined : Math.max(0, gain - first))
    if (first === undefined || rest === undefined) {
      more.push(...(gain === undefined ? missing(halves) : [halves[0]]))
      byRequest.push(...shared(group, (gain ?? 0) / group.length))
      return
    }
    const whole = gain ?? first + rest
    descend(halves[0], first, NOTHING * whole)
    descend(halves[1], rest, (second === undefined ? NOTHING_LEFT : NOTHING) * whole)
  }

  function descend(group: readonly string[], gain: number, nothing: number): void {
    if (gain <= nothing) byRequest.push(...group.map((request) => ({ request, perRequest: rateOf([request]) ?? 0 })))
    else walk(group, gain)
  }
}

/** The first, the last and one between, so that no two of one kind stand for all. */
function samplesOf(names: readonly string[]): readonly string[] {
  return Array.from({ length: SAMPLES }, (_, index) => names[Math.round((index * (names.length - 1)) / (SAMPLES - 1))]!)
}

function shared(names: readonly string[], rate: number): RequestShare[] {
  return names.map((request) => ({ request, perRequest: rate, together: names.length }))
}
