import type { Analysis } from '../analysis.js'
import { debugLog } from '../debug.js'
import type { Located } from '../types/added.js'
import type { Growth } from '../types/growth.js'
import type { Plan } from '../types/plan.js'
import type { Runtime } from '../types/runtime.js'
import { withExcerpt } from './excerpt.js'
import { judge, type Measured } from './judge.js'
import type { Credit, Total } from './records.js'
import { LocateFault, SecondStart, type Tally } from './second-start.js'
import { type Target, targetOf } from './target.js'
import { type Watched, watcher } from './watcher.js'

const log = debugLog('locate')

export interface LocateOptions {
  /** Starts the measured conf once more, with this Lua run first in each worker. Absent for a server that somebody else started. */
  readonly restart?: ((prelude: string) => Promise<Runtime>) | undefined
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
/** What comes more rarely is awaited this often. */
const ENOUGH_GAINS = 8
/** Time in which requests are sent, in ms; with it the second start takes a few seconds at the most. */
const LOAD_MS = 3_000

/**
 * Finds the lines that add to what grew: starts the conf a second time, in which every line of Lua is looked at, and sends a few of the
 * plan's requests. The measured server is not touched. Where nothing grew, nothing is done.
 * @throws the signal's reason when aborted
 */
export async function locate(analysis: Analysis, options: LocateOptions): Promise<Analysis> {
  const { plan } = analysis.measurement
  if (!plan.locate || analysis.growths.length === 0 || analysis.measurement.faults.length > 0) return analysis
  const targets = analysis.growths.map((growth, index) =>
    index < MOST_WATCHED ? targetOf(growth) : `only the ${MOST_WATCHED} largest growths are watched`,
  )
  const watched = targets.flatMap((target, id) => (typeof target === 'string' ? [] : [placed(target, id, analysis.growths[id]!)]))
  const told = watched.length === 0 ? new Map<number, Located>() : await watch(analysis, watched, options)
  const growths = analysis.growths.map((growth, id): Growth => {
    const target = targets[id]!
    if (typeof target === 'string') return { ...growth, addedAt: [], addedAtWhy: target }
    return { ...growth, ...told.get(id) }
  })
  return { ...analysis, growths: growths.map((growth) => withExcerpt(growth, analysis.measurement.runtime.prefix, options.conf)) }
}

function placed(target: Target, id: number, { vm, process }: Growth): Watched {
  return { ...target, id, vm, role: process === undefined ? 'worker' : 'other' }
}

async function watch(
  { measurement, growths }: Analysis,
  watched: readonly Watched[],
  { restart, signal, onStep }: LocateOptions,
): Promise<ReadonlyMap<number, Located>> {
  const { plan, workers } = measurement
  const all = (addedAtWhy: string) => new Map(watched.map(({ id }) => [id, { addedAt: [], addedAtWhy }]))
  if (!restart) return all('this server was started by somebody else: run its conf, and the line is told')
  if (plan.per === 'reload') return all('it grows with reloads: what a new worker begins with is made before its lines can be watched')
  onStep?.('starting OpenResty once more, to see which line adds')
  try {
    await using runtime = await restart(watcher(watched))
    const server = new SecondStart(runtime, plan, workers.length, signal)
    await server.send(FIRST_REQUESTS * plan.requests.length)
    const before = await server.seen()
    const after = await sendEnough(server, before, watched, growths, plan)
    return new Map(
      watched.map((target) => [target.id, judge(sighting(target.id, before, after), measured(target, growths[target.id]!))]),
    )
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof Error && 'code' in error)) throw error
    log('%s', error.message)
    return all(error instanceof LocateFault ? error.message : `a second start failed: ${error.message}`)
  }
}

/** First as many as show what comes often; then, in the time there is, as many as what comes rarely needs. */
async function sendEnough(
  server: SecondStart,
  before: Tally,
  watched: readonly Watched[],
  growths: readonly Growth[],
  plan: Plan,
): Promise<Tally> {
  const end = performance.now() + LOAD_MS
  let batch = REQUESTS * Math.min(5, plan.requests.length)
  for (;;) {
    const began = performance.now()
    await server.send(batch)
    const after = await server.seen()
    const perMs = batch / Math.max(1, performance.now() - began)
    const left = end - performance.now()
    const missing = Math.max(
      ...watched.map((target) => missingRequests(target, growths[target.id]!, sighting(target.id, before, after))),
    )
    log('%d requests watched, %d missing, %d ms left', after.requests - before.requests, missing, Math.round(left))
    if (missing <= 0 || left <= 0) return after
    batch = Math.max(1, Math.min(Math.ceil(missing), Math.floor(perMs * left), 2_000))
  }
}

/** How many more it takes until a growth has shown itself; none once it has. */
function missingRequests(target: Target, growth: Growth, { credits, total, requests, seconds }: Sighted): number {
  const gains = credits.filter(({ amount }) => amount > 0).length > 0 ? total.gained : 0
  if (growth.class === 'clock') return gains >= ENOUGH_GAINS || seconds > LOAD_MS / 1000 ? 0 : REQUESTS
  const perRequest = target.kind === 'contents' ? 1 : target.perRequest
  const expected = Math.min(ENOUGH_GAINS, perRequest * REQUESTS)
  if (gains >= expected * 0.5 && perRequest * requests >= Math.min(ENOUGH_GAINS, expected)) return 0
  return perRequest > 0 ? Math.max(REQUESTS, ENOUGH_GAINS / perRequest - requests) : 0
}

type Sighted = ReturnType<typeof sighting>

/** What came between two looks. */
function sighting(id: number, before: Tally, after: Tally) {
  const earlier = new Map(before.credits.filter(({ target }) => target === id).map((credit) => [credit.place, credit]))
  const credits = after.credits
    .filter(({ target }) => target === id)
    .map((credit): Credit => {
      const was = earlier.get(credit.place)
      return was ? { ...credit, amount: credit.amount - was.amount, requests: credit.requests - was.requests } : credit
    })
  const [from, to] = [before.totals.get(id) ?? NOTHING, after.totals.get(id) ?? NOTHING]
  return {
    credits,
    total: { gained: to.gained - from.gained, lost: to.lost - from.lost, unplaced: to.unplaced - from.unplaced },
    requests: after.requests - before.requests,
    seconds: (after.atMs - before.atMs) / 1000,
  }
}

const NOTHING: Total = { gained: 0, lost: 0, unplaced: 0 }

function measured({ kind, perRequest }: Target, { class: found, perSecond }: Growth): Measured {
  const noun = NOUNS[kind]
  return { perRequest, noun, ...(found === 'clock' && perSecond !== undefined && { perSecond }) }
}

const NOUNS = {
  entries: ['entry', 'entries'],
  objects: ['object', 'objects'],
  contents: ['byte', 'bytes'],
} as const
