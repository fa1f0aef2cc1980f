import type { NginxProcess } from '../heapwalk/nginx-process.js'

/** The processes that are watched, in an order that a restart keeps: who comes takes the place of who left. */
export interface Places {
  /** `one` for a single process that was named, `all` for the workers of its masters. */
  readonly scope: 'one' | 'all'
  readonly watched: readonly NginxProcess[]
  /** The serving workers of the same masters, watched or not. */
  readonly siblings: readonly NginxProcess[]
}

/** What became of the watched processes. */
export type Succession =
  | { readonly kind: 'same' }
  | {
      readonly kind: 'renewed'
      readonly places: Places
      /** Who took whose place, in words. */
      readonly how: string
      /** A worker that died leaves a successor, too; only where nginx was reloaded a single process that was named goes on in it. */
      readonly mustBeReload: boolean
    }
  | { readonly kind: 'ended'; readonly why: string }

/** What became of them; or, while nginx is being reloaded, what it will be if nothing else happens. */
export type Found = Succession | { readonly kind: 'unsettled'; readonly otherwise: Succession }

/** The places of these processes. `scope` is `one` where a single process was named rather than a master or a container. */
export function placesOf(
  watched: readonly NginxProcess[],
  scope: Places['scope'],
  all: readonly NginxProcess[],
): Places {
  const masters = new Set(watched.map(({ ppid }) => ppid))
  return { scope, watched: [...watched].sort(byAge), siblings: servingBelow(masters, all) }
}

/**
 * Who is watched now. A pid alone tells nothing, since the kernel uses it again: it has to have started at the same time.
 * A reload starts the new workers and asks the old ones to leave a while later: in between nothing is settled.
 */
export function succession(places: Places, all: readonly NginxProcess[]): Found {
  return places.scope === 'one' ? ofOne(places, all) : ofAll(places, all)
}

function ofAll(places: Places, all: readonly NginxProcess[]): Found {
  const masters = new Set(places.watched.map(({ ppid }) => ppid))
  const now = servingBelow(masters, all)
  if (now.length === 0)
    return { kind: 'ended', why: `nginx has no worker left that could be watched${whoLeft(places)}` }
  const left = places.watched.filter((old) => !now.some((each) => isSame(each, old)))
  const came = now.filter((each) => !places.watched.some((old) => isSame(each, old)))
  if (left.length === 0 && came.length === 0) return { kind: 'same' }
  const newcomers = [...came]
  const kept = places.watched.flatMap((old) => (left.includes(old) ? (newcomers.shift() ?? []) : old))
  const renewed: Succession = {
    kind: 'renewed',
    places: { scope: 'all', watched: [...kept, ...newcomers], siblings: now },
    how: changeWords(left, came),
    mustBeReload: false,
  }
  return came.length > left.length ? { kind: 'unsettled', otherwise: renewed } : renewed
}

function ofOne(places: Places, all: readonly NginxProcess[]): Found {
  const old = places.watched[0]!
  const own = all.find(({ pid }) => pid === old.pid)
  if (own && isSame(own, old) && !own.exiting) return { kind: 'same' }
  if (own && !isSame(own, old)) {
    return {
      kind: 'ended',
      why: `${nameOf(old)} has ended, and its number belongs to another process now, '${own.title}', which was not looked at`,
    }
  }
  const siblings = servingBelow(new Set([old.ppid]), all)
  const came = siblings.filter((each) => !places.siblings.some((known) => isSame(each, known)))
  const place = places.siblings.findIndex((known) => isSame(known, old))
  const heir = came.length === places.siblings.length ? came[place] : undefined
  if (!heir) {
    const ended: Succession = { kind: 'ended', why: `${nameOf(old)} ${own ? 'is shutting down' : 'has ended'}` }
    return came.length > 0 ? { kind: 'unsettled', otherwise: ended } : ended
  }
  return {
    kind: 'renewed',
    places: { scope: 'one', watched: [heir], siblings },
    how: changeWords([old], [heir]),
    mustBeReload: true,
  }
}

function servingBelow(masters: ReadonlySet<number>, all: readonly NginxProcess[]): NginxProcess[] {
  return all.filter(({ role, exiting, ppid }) => role === 'worker' && !exiting && masters.has(ppid)).sort(byAge)
}

/** nginx starts its workers in the order of their numbers. */
function byAge(one: NginxProcess, other: NginxProcess): number {
  return one.ppid - other.ppid || one.startTicks - other.startTicks || one.pid - other.pid
}

function isSame(one: NginxProcess, other: NginxProcess): boolean {
  return one.pid === other.pid && one.startTicks === other.startTicks
}

export function nameOf({ role, pid }: Pick<NginxProcess, 'role' | 'pid'>): string {
  return `${role === 'worker' ? 'worker' : 'process'} ${pid}`
}

function whoLeft({ watched }: Places): string {
  return `: ${workers(watched)} ${watched.length === 1 ? 'has' : 'have'} ended`
}

function changeWords(left: readonly NginxProcess[], came: readonly NginxProcess[]): string {
  if (left.length === 0) return `${workers(came)} came`
  if (came.length === 0) return `${workers(left)} left`
  return `${workers(left)} left, and ${came.map(({ pid }) => pid).join(', ')} took ${left.length === 1 ? 'its place' : 'their places'}`
}

function workers(processes: readonly NginxProcess[]): string {
  return `${processes.length === 1 ? 'worker' : 'workers'} ${processes.map(({ pid }) => pid).join(', ')}`
}
