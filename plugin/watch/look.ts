import { waitUntil } from '../base/wait.js'
import type { FreezeOptions } from '../heapwalk/heapwalk.js'
import type { NginxProcess } from '../heapwalk/nginx-process.js'
import { WalkerError } from '../heapwalk/walker-error.js'
import type { Snapshot } from '../types/snapshot.js'
import { nameOf, type Places, type Succession, succession } from './places.js'
import { hasSameProgram } from './round.js'

/** What can be watched: the part of a LiveNginx that looking takes. */
export interface Watchable {
  readonly description: string
  workers(): Promise<readonly NginxProcess[]>
  processes(): Promise<readonly NginxProcess[]>
  snapshot(process: NginxProcess, options: FreezeOptions): Promise<Snapshot>
}

export type Looked =
  | {
      readonly kind: 'taken'
      readonly places: Places
      readonly snapshots: readonly Snapshot[]
      readonly restart?: string
    }
  | { readonly kind: 'skipped'; readonly why: string }
  | { readonly kind: 'ended'; readonly why: string }

/** nginx waits 100 ms between starting its new workers and sending the old ones away; a busy machine takes longer. */
const SETTLE_MS = 2000
/** How often a look begins anew since somebody left while it was taken. */
const MOST_TRIES = 3

/**
 * Looks at all places once, one after the other: two workers that stand still at once would stop each other's requests.
 * @param before the snapshots of the look before; none for the first
 * @throws WalkerError for what cannot be read from the first look on; what is no finding about the processes, such as a heapwalk that cannot be run
 */
export async function look(
  live: Watchable,
  places: Places,
  before: readonly Snapshot[],
  freeze: FreezeOptions,
): Promise<Looked> {
  let now = places
  const changes: string[] = []
  let mustBeReload = false
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const found = await settledSuccession(live, now)
    if (found.kind === 'ended') return found
    if (found.kind === 'renewed') {
      changes.push(found.how)
      mustBeReload ||= found.mustBeReload
      now = found.places
    }
    const snapshots = await snapshotsOf(live, now.watched, freeze)
    if (Array.isArray(snapshots)) {
      if (mustBeReload && hasSameProgram(before, snapshots)) {
        const heir = now.watched[0]!.pid
        return {
          kind: 'ended',
          why: `${nameOf(places.watched[0]!)} has ended, and its master started ${heir} in its place; nginx was not reloaded`,
        }
      }
      return { kind: 'taken', places: now, snapshots, ...(changes.length > 0 && { restart: changes.join('; then ') }) }
    }
    const failure = snapshots as WalkerError
    if (failure.code !== 'WALKER_CANNOT_READ' || attempt === MOST_TRIES - 1) {
      // what could never be read will not be readable later
      if (failure.code === 'WALKER_CANNOT_READ' && before.length === 0) throw failure
      return { kind: 'skipped', why: failure.message }
    }
  }
  return { kind: 'skipped', why: 'workers left while they were looked at' }
}

/** Who is watched once a reload that is under way is through; it is given up waiting for one that never is. */
async function settledSuccession(live: Watchable, places: Places): Promise<Succession> {
  let found = succession(places, await live.processes())
  const isSettled = async () => {
    if (found.kind === 'unsettled') found = succession(places, await live.processes())
    return found.kind !== 'unsettled'
  }
  await waitUntil(isSettled, { timeoutMs: SETTLE_MS })
  return found.kind === 'unsettled' ? found.otherwise : found
}

async function snapshotsOf(
  live: Watchable,
  processes: readonly NginxProcess[],
  freeze: FreezeOptions,
): Promise<readonly Snapshot[] | WalkerError> {
  const taken: Snapshot[] = []
  for (const process of processes) {
    try {
      taken.push(await live.snapshot(process, freeze))
    } catch (error) {
      if (!(error instanceof WalkerError) || !ABOUT_PROCESSES.has(error.code)) throw error
      return error
    }
  }
  return taken
}

/** It has gone, is busy, or would stand still for too long: that may be otherwise next time. */
const ABOUT_PROCESSES: ReadonlySet<string> = new Set(['WALKER_CANNOT_READ', 'WALKER_NOT_EXACT'])
