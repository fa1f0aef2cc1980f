import type { Analysis } from '../analysis/analysis.js'
import type { Measurement } from '../analysis/measurement.js'
import { debugLog } from '../base/debug.js'
import { sumBy } from '../base/sum.js'
import { type PlaceOf, placesIn } from '../heap/owner/place.js'
import type { Located } from '../types/added.js'
import type { Growth, GrowthUnit } from '../types/growth.js'
import type { Plan } from '../types/plan.js'
import type { ProcessGrowth } from '../types/report.js'
import { addingRequests } from './adding-requests.js'
import { withExcerpt } from './excerpt.js'
import { judge, type Measured, type Sightings } from './judge.js'
import type { Total } from './records.js'
import { watchReloads } from './reloads.js'
import type { Restart } from './restart.js'
import { type Batch, LocateFault, SecondStart, type Tally } from './second-start.js'
import { processTargetOf, type Target, targetOf } from './target.js'
import { type Watched, watcher } from './watcher.js'

const log = debugLog('locate')

export interface LocateOptions {
  /** Starts the measured conf once more, with this Lua run first in each worker. Absent for a server that somebody else started. */
  readonly restart?: Restart | undefined
  /** The conf, for the lines of its Lua. */
  readonly conf?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly onStep?: ((text: string) => void) | undefined
}

/** Growths that are watched together; the largest come first, and a report shows ten. */
const MOST_WATCHED = 12
/** Before anything is counted: modules are loaded, and tables get what they get once. */
const FIRST_REQUESTS = 8
/** Enough for the line of what comes with each request, and what comes in one of ten. */
const REQUESTS = 40
/** After so many at the most it is looked again at what is missing. */
const MOST_AT_ONCE = 2_000
/** What comes more rarely is awaited this often. */
const ENOUGH_GAINS = 8
/** Time for the first requests, for those that show what comes often, and for all, in ms: only slow requests take as long as the first two. */
const FIRST_MS = 1_500
const OFTEN_MS = 6_000
const LOAD_MS = 3_000
/** The longest, in ms, where so few requests fit into that time that what comes rarely need not have shown. */
const RARE_MS = 12_000
/** Of so many that are expected, some come. */
const SURELY = 3

/** A growth, on the Lua heap or off it, and what is watched for it: a sentence where nothing can be. */
interface Item extends Pick<Growth, 'class' | 'perSecond' | 'process' | 'byRequest'> {
  readonly vm: string
  readonly target: Target | string
}

/**
 * Finds the lines that add to what grew: starts the conf a second time, in which every line of Lua is looked at, and sends a few of the
 * plan's requests. The measured server is not touched. Where nothing grew, nothing is done.
 * @throws the signal's reason when aborted
 */
export async function locate(analysis: Analysis, options: LocateOptions): Promise<Analysis> {
  const { measurement, growths, process } = analysis
  if (!options.restart && measurement.runtime.kind !== 'attach') return analysis
  const items = [
    ...growths.map(ofHeap),
    ...process.growths.map((growth) => ofProcess(growth, measurement.plan.per)),
  ].map(
    (item, id): Item =>
      id < MOST_WATCHED ? item : { ...item, target: `only the ${MOST_WATCHED} largest growths are watched` },
  )
  if (!measurement.plan.locate || items.length === 0 || measurement.faults.length > 0) return analysis
  const located = await watchAll(items, measurement, placesIn(analysis.series), options)
  const tell = <Grown extends Growth | ProcessGrowth>(growth: Grown, id: number): Grown =>
    withExcerpt(withLines(growth, located[id]!), measurement.runtime.prefix, options.conf)
  return {
    ...analysis,
    growths: growths.map(tell),
    process: { ...process, growths: process.growths.map((growth, index) => tell(growth, growths.length + index)) },
  }
}

/** Once lines were seen to add, those that might are told no more. */
function withLines<Grown extends Located>(growth: Grown, located: Located): Grown {
  if (!located.addedAt?.length) return { ...growth, ...located }
  const { mayBeAddedAt: _, ...known } = growth
  return { ...(known as Grown), ...located }
}

function ofHeap(growth: Growth): Item {
  return { ...growth, target: targetOf(growth) }
}

/** malloc is the process's, whichever VM takes it. */
function ofProcess(growth: ProcessGrowth, per: GrowthUnit): Item {
  return { ...growth, vm: 'any', target: processTargetOf(growth, per) }
}

async function watchAll(
  items: readonly Item[],
  { plan, workers }: Measurement,
  placeOf: PlaceOf,
  { restart, signal, onStep }: LocateOptions,
): Promise<Located[]> {
  const untold = (why: string) =>
    items.map(({ target }): Located => ({ addedAt: [], addedAtWhy: typeof target === 'string' ? target : why }))
  const watched = items.flatMap((item, id) =>
    typeof item.target === 'string' ? [] : [watchTarget(item.target, item, id)],
  )
  if (watched.length === 0) return untold('')
  if (!restart) return untold('this server was started by somebody else: run its conf, and the line is told')
  onStep?.('starting OpenResty once more, to see which line adds')
  try {
    const byReload = plan.per === 'reload'
    await using runtime = await restart(watcher(watched, byReload ? 'init' : 'requests'), byReload ? 'init' : undefined)
    const server = new SecondStart(runtime, plan, workers.length, signal)
    const { faults, sightingOf } = byReload
      ? await watchReloads(server, watched, plan)
      : await watchRequests(server, watched, items, plan)
    return items.map(({ target, ...item }, id): Located => {
      if (typeof target === 'string') return { addedAt: [], addedAtWhy: target }
      const fault = faults.get(id)
      if (fault !== undefined) return { addedAt: [], addedAtWhy: fault }
      return judge(sightingOf(id), rateOf(target, item, plan.per), placeOf)
    })
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof Error && 'code' in error)) throw error
    log('%s', error.message)
    return untold(error instanceof LocateFault ? error.message : `a second start failed: ${error.message}`)
  }
}

async function watchRequests(
  server: SecondStart,
  watched: readonly Watched[],
  items: readonly Item[],
  plan: Plan,
): Promise<Sightings> {
  await server.send({
    requests: plan.requests,
    amount: FIRST_REQUESTS * Math.max(1, plan.requests.length),
    mostMs: FIRST_MS,
  })
  const before = await server.begin()
  const after = await sendEnough(server, before, watched, items, plan)
  return { faults: after.faults, sightingOf: (id) => sighting(id, before, after) }
}

function watchTarget(target: Target, { vm, process }: Item, id: number): Watched {
  return { ...target, id, vm, role: process === undefined ? 'worker' : 'other' }
}

/**
 * First as many as show what comes often; then, in the time there is, as many as what comes rarely needs. Those that are known to add go
 * first; where they add nothing alone, as those of a session may, all are sent.
 */
async function sendEnough(
  server: SecondStart,
  before: Tally,
  watched: readonly Watched[],
  items: readonly Item[],
  { requests }: Plan,
): Promise<Tally> {
  const start = performance.now()
  const adding = addingRequests(
    requests,
    watched.map(({ id }) => items[id]!.byRequest),
  )
  let batch: Batch = { requests: adding, amount: REQUESTS, mostMs: OFTEN_MS }
  for (;;) {
    const began = performance.now()
    await server.send(batch)
    const after = await server.seen()
    const perMs = batch.amount / Math.max(1, performance.now() - began)
    const sights = watched.map((target) => [target, items[target.id]!, sighting(target.id, before, after)] as const)
    const left = (sights.some((sight) => mayYetCome(...sight)) ? RARE_MS : LOAD_MS) - (performance.now() - start)
    const missing = Math.max(...sights.map((sight) => missingRequests(...sight)))
    log('%d requests watched, %d missing, %d ms left', after.requests - before.requests, missing, Math.round(left))
    if (missing <= 0 || left <= 0) return after
    batch = {
      requests: sights.every(([, , { total }]) => total.gained === 0) ? requests : batch.requests,
      amount: Math.max(1, Math.min(Math.ceil(missing), Math.floor(perMs * left), MOST_AT_ONCE)),
      mostMs: left,
    }
  }
}

/** Whether nothing came only because it comes rarely, for all that the requests so far can tell. */
function mayYetCome(target: Target, { class: found }: Item, { total, units }: Sighted): boolean {
  return found !== 'clock' && total.gained === 0 && comesIn(target) * units < SURELY
}

/** How often it comes in a request; a byte per request tells nothing of that. */
function comesIn({ kind, perRequest }: Target): number {
  return IN_BYTES.has(kind) ? Math.min(1, perRequest) : perRequest
}

/** How many more it takes until a growth has shown itself; none once it has. */
function missingRequests(target: Target, { class: found }: Item, { credits, units, seconds }: Sighted): number {
  const gains = sumBy(credits, ({ amount }) => Math.max(0, amount))
  if (found === 'clock') return gains >= ENOUGH_GAINS || seconds > LOAD_MS / 1000 ? 0 : REQUESTS
  const perRequest = comesIn(target)
  const expected = Math.min(ENOUGH_GAINS, perRequest * REQUESTS)
  if (gains >= expected * 0.5 && perRequest * units >= Math.min(ENOUGH_GAINS, expected)) return 0
  return perRequest > 0 ? Math.max(REQUESTS, ENOUGH_GAINS / perRequest - units) : 0
}

type Sighted = ReturnType<typeof sighting>

/** What came between two looks. */
function sighting(id: number, before: Tally, after: Tally) {
  const credits = after.credits.filter(({ target }) => target === id)
  const [from, to] = [before.totals.get(id) ?? NOTHING, after.totals.get(id) ?? NOTHING]
  return {
    credits,
    total: { gained: to.gained - from.gained, lost: to.lost - from.lost, unplaced: to.unplaced - from.unplaced },
    requests: after.requests - before.requests,
    units: after.units - before.units,
    names: after.names,
    seconds: (after.atMs - before.atMs) / 1000,
  }
}

const NOTHING: Total = { gained: 0, lost: 0, unplaced: 0 }

function rateOf(
  { kind, perRequest }: Target,
  { class: found, perSecond }: Omit<Item, 'target'>,
  per: GrowthUnit,
): Measured {
  const noun = NOUNS[kind]
  return {
    perRequest,
    noun,
    per,
    isShared: kind === 'malloc',
    ...(found === 'clock' && perSecond !== undefined && { perSecond }),
  }
}

const IN_BYTES: ReadonlySet<Target['kind']> = new Set(['contents', 'malloc'])

const NOUNS = {
  entries: ['entry', 'entries'],
  objects: ['object', 'objects'],
  contents: ['byte', 'bytes'],
  malloc: ['byte', 'bytes'],
  zone: ['entry', 'entries'],
} as const
