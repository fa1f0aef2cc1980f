import type { WorkerShare } from '../types/growth.js'
import { rateOf, shortfall, together } from './statistics.js'

/** A worker's part whose own requests are known. */
export type KnownShare = WorkerShare & Required<Pick<WorkerShare, 'requests' | 'perRequest'>>

/** A worker stands out where it gains so many times what the others do, each for its own requests, and by more than chance. */
const CLEARLY = 1.5
const BY_CHANCE = 4

/** The worker that gains clearly more per request of its own than all others together; undefined where none does or it is not known. */
export function worstWorker(workers: readonly WorkerShare[]): KnownShare | undefined {
  const known = workers.filter(isKnown)
  if (known.length < 2 || known.length < workers.length) return undefined
  const [worst, ...others] = known.toSorted((one, other) => other.perRequest - one.perRequest)
  const [most, rest] = [gainOf(worst!), together(others.map(gainOf))]
  const stands = most.gain > 0 && rateOf(most) > CLEARLY * rateOf(rest) && shortfall(most, rest) > BY_CHANCE
  return stands ? worst : undefined
}

function isKnown(worker: WorkerShare): worker is KnownShare {
  return worker.requests !== undefined && worker.perRequest !== undefined
}

function gainOf({ requests, perRequest }: KnownShare) {
  return { gain: requests * perRequest, requests }
}
