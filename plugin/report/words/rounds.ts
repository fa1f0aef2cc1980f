import type { LeakReport } from '../../types/report.js'

/** Requests of each round, planned ones first. */
export function requestsOf({ rounds, confirm }: LeakReport['requests']): number[] {
  return [...rounds, ...confirm]
}

/** Whether what a rate counts by is also what the rounds are counted in: connections and reloads of requests are not. */
export function countsRounds(per: LeakReport['per']): boolean {
  return per === undefined || per === 'call' || per === 'session'
}

/** What each round gained per request: the rounds differ in length, so their gains alone say little. */
export function ratesOf(gains: readonly number[], requests: LeakReport['requests']): number[] {
  const sent = requestsOf(requests)
  return gains.map((gain, round) => (sent[round] ? gain / sent[round] : 0))
}
