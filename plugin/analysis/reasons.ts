import { sumOf } from '../base/sum.js'
import { type BaselineGrowth, staleEntries } from '../budget/baseline.js'
import { toBaselineGrowth } from '../budget/baseline-growth.js'
import { coversHolder } from '../budget/cover.js'
import { parsePath } from '../heap/path.js'
import { patternCovers } from '../heap/pattern.js'
import { processCovers, processName } from '../process/path.js'
import type { Baseline, CheckedLeak } from '../types/budget.js'
import type { Growth } from '../types/growth.js'
import type { Plan } from '../types/plan.js'
import type { ProcessGrowth, Verdict } from '../types/report.js'
import { HOPS_FROM } from '../verdict/served.js'
import { roundsOf } from '../verdict/timeline.js'
import type { Analysis } from './analysis.js'
import { doubtsOf } from './doubts.js'
import { isUndecided, type JudgedGrowths } from './judged-growths.js'
import { mixReasons } from './mix-reasons.js'
import { sameKeys } from './same-keys.js'
import { smallRoundsNote } from './small-rounds.js'

/** What a report counted: requests that the client completed in the planned rounds, and nginx's own count of them. */
export interface Counted {
  readonly completed: number
  readonly counter: number | null
}

/** All that has to be said of a run, in sentences. The first is always the verdict's own. */
export function reasonsOf(
  verdict: Verdict,
  analysis: Analysis,
  judged: JudgedGrowths,
  baseline: Baseline,
  counted: Counted,
  passed: boolean,
): string[] {
  const { measurement, process, series } = analysis
  const { plan } = measurement
  const { notices } = measurement.runtime
  const isValid = verdict !== 'invalid'
  return [
    ...verdictReasons(verdict, analysis, judged),
    ...(isValid ? doubtsOf(measurement) : []),
    ...series.lost.map((label) => `Lua VM ${label} came or went during the run and was not judged`),
    ...(process.notices ?? []),
    ...knownReasons(measurement.plan.knownLeaks, judged),
    ...(isValid ? staleReasons(baseline, judged) : []),
    ...counterReasons(plan, counted),
    ...(isValid ? smallRoundsNote(measurement) : []),
    ...(passed && verdict === 'ok' ? sameKeys(plan) : []),
    ...(plan.mix ? mixReasons(plan.mix, plan.requests.length) : []),
    ...measurement.notes,
    ...notices,
  ]
}

function verdictReasons(verdict: Verdict, analysis: Analysis, { moved, process }: JudgedGrowths): string[] {
  const { measurement, timeline } = analysis
  const rounds = roundsOf(timeline)
  const requests = sumOf(rounds)
  const over = `over ${measurement.plan.per === 'second' ? requests.toFixed(1) : requests} ${measurement.plan.per}s in ${rounds.length} rounds`
  switch (verdict) {
    case 'invalid':
      return [...measurement.faults, ...doubtsOf(measurement)]
    case 'leak':
      return leakReasons(analysis, over)
    case 'inconclusive':
      return [
        ...moved
          .filter(isUndecided)
          .map(({ path, why }) => `${path} grew, but ever slower: ${why}. ${moreOf(measurement)}`),
        ...process.moved
          .filter(isUndecided)
          .map((growth) => `${processName(growth)} grew: ${growth.why}. ${wayOut(growth, measurement)}`),
      ]
    case 'ok':
      return [`no path kept growing ${over}`]
  }
}

function leakReasons({ measurement, growths, process }: Analysis, over: string): string[] {
  const offHeap = process.growths.map((growth) => ({ ...growth, path: processName(growth) }))
  return [...growths, ...offHeap].map((growth: Pick<Growth, 'path' | 'why' | 'class' | 'process'>) => {
    const where = growth.process === undefined ? '' : ` of ${growth.process}`
    const by = growth.class === 'clock' ? 'with time' : `with the ${measurement.plan.per}s`
    return `${growth.path}${where} grew ${by}, ${growth.why} (${over})`
  })
}

/** What would decide an undecided growth off the heap: garbage that no collection comes to stays, however many requests there are. */
function wayOut({ holder }: ProcessGrowth, measurement: Analysis['measurement']): string {
  return holder === 'garbage' ? 'Let the collector run (collectgarbage("restart")) to decide.' : moreOf(measurement)
}

/** What would decide a growth that is undecided: a watch sends no requests that there could be more of. */
function moreOf({ watch }: Analysis['measurement']): string {
  return watch ? 'Watch it for more rounds to decide.' : 'Run it with more requests to decide.'
}

function knownReasons(known: readonly CheckedLeak[], { growths, moved, process }: JudgedGrowths): string[] {
  const paths = [...growths, ...moved].map(({ path }) => parsePath(path))
  const offHeap = [...process.growths, ...process.moved]
  return known.map(({ path, pattern, reason, until }) => {
    const seen =
      paths.some((each) => patternCovers(pattern, each)) ||
      offHeap.some((growth) => processCovers(pattern, growth) || coversHolder(pattern, growth))
    const gone = seen ? '' : '; nothing grew there in this run'
    return `known leak ${path}: ${reason}${until ? ` (until ${until})` : ''}${gone}`
  })
}

function staleReasons(baseline: Baseline, { growths, process }: JudgedGrowths): string[] {
  const all: BaselineGrowth[] = [...growths, ...process.growths.map(toBaselineGrowth)]
  return staleEntries(baseline, all).map(
    (key) => `the baseline accepts growth of ${key}, where nothing grew in this run: update the baseline`,
  )
}

/** Only where each unit is one request of ours is it known how many there should be. */
function counterReasons({ driver }: Plan, { completed, counter }: Counted): string[] {
  if (driver.kind !== 'requests' || counter === null || completed === 0 || counter < completed * HOPS_FROM) return []
  return [
    `nginx counted ${counter} requests where the client completed ${completed}: the conf sends requests to itself, or somebody else does; rates are per completed request`,
  ]
}
