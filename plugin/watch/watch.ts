import { setTimeout as sleep } from 'node:timers/promises'
import { type Analysis, analyse } from '../analysis/analysis.js'
import { type LeakRun, leakRun } from '../analysis/leak-run.js'
import { zombieText } from '../report/words/pause-words.js'
import type { Baseline } from '../types/budget.js'
import type { Snapshot } from '../types/snapshot.js'
import type { SkippedLook, WatchEnd, WatchEvent, WatchRound } from '../types/watch.js'
import { isEven } from '../verdict/watched.js'
import { growsSoFar } from './grows-so-far.js'
import { type Looked, look, type Watchable } from './look.js'
import { nameOf, type Places, placesOf } from './places.js'
import { pauseOf, roundOf } from './round.js'
import { addLook, judgedStretch, roundsOf, type Stretch } from './stretch.js'
import { watchMeasurement } from './watch-measurement.js'
import type { WatchPlan } from './watch-plan.js'

export interface WatchOptions {
  /** Ends the watch with what was seen. */
  readonly signal?: AbortSignal
  /** Growth that is accepted. Default: none. */
  readonly baseline?: Baseline | undefined
  readonly onEvent?: (event: WatchEvent) => void
  /** Told once, as soon as something leaks that nothing covers, and still does one round later. */
  readonly onLeak?: (run: LeakRun) => void
}

/** nginx that is restarted again and again has no long stretch: the watch ends after so many times its rounds. */
const MOST_TIMES = 3
/** So many looks in a row that could not be taken end it. */
const MOST_SKIPPED = 3

/**
 * Watches workers under the traffic that is there: a look, then one after each interval. What workers keep is compared between looks
 * without a restart in between; a restart begins the count of rounds anew.
 * @param scope `one` where a single process was named
 * @throws WalkerError or RuntimeError where the first look fails
 */
export async function watch(
  live: Watchable,
  scope: Places['scope'],
  plan: WatchPlan,
  options: WatchOptions = {},
): Promise<LeakRun> {
  const watching = new Watching(live, plan, options)
  await watching.start(scope)
  return watching.untilEnd()
}

class Watching {
  readonly #live: Watchable
  readonly #plan: WatchPlan
  readonly #options: WatchOptions
  #places!: Places
  #stretches: readonly Stretch[] = []
  #last: readonly Snapshot[] = []
  readonly #rounds: WatchRound[] = []
  readonly #skipped: SkippedLook[] = []
  readonly #notes: string[] = []
  #lostWhy: string | undefined
  #nextAt = 0
  #skippedInRow = 0
  /** Rounds in a row after which something leaked. */
  #leaked = 0
  #hasToldLeak = false

  constructor(live: Watchable, plan: WatchPlan, options: WatchOptions) {
    this.#live = live
    this.#plan = plan
    this.#options = options
  }

  async start(scope: Places['scope']): Promise<void> {
    const workers = await this.#live.workers()
    this.#places = placesOf(workers, scope, await this.#live.processes())
    const { everyMs, rounds } = this.#plan
    this.#tell({
      event: 'start',
      description: this.#live.description,
      workers: this.#places.watched.map(({ pid }) => pid),
      everyMs,
      rounds,
    })
  }

  async untilEnd(): Promise<LeakRun> {
    this.#nextAt = performance.now()
    let ended: WatchEnd | undefined
    while (ended === undefined) ended = (await this.#wait()) ?? (await this.#look())
    return this.#run(ended)
  }

  async #wait(): Promise<WatchEnd | undefined> {
    const { signal } = this.#options
    try {
      await sleep(Math.max(0, this.#nextAt - performance.now()), undefined, { signal })
    } catch (error) {
      if (!signal?.aborted) throw error
    }
    // a look that took longer than the interval is followed by the next at once, and by no burst of them
    this.#nextAt = Math.max(this.#nextAt + this.#plan.everyMs, performance.now())
    return this.#interrupted()
  }

  #interrupted(): WatchEnd | undefined {
    if (!this.#options.signal?.aborted) return undefined
    this.#notes.push('the watch was interrupted: this is the verdict on what was seen')
    return 'interrupted'
  }

  async #look(): Promise<WatchEnd | undefined> {
    let looked: Looked
    try {
      looked = await look(this.#live, this.#places, this.#last, this.#plan.freeze)
    } catch (error) {
      // Ctrl-C at a terminal ends heapwalk, too
      const interrupted = this.#interrupted()
      if (interrupted) return interrupted
      if (this.#rounds.length === 0 || !(error instanceof Error && 'code' in error)) throw error
      return this.#lost(`no look could be taken any more (${error.message})`)
    }
    switch (looked.kind) {
      case 'ended':
        return this.#interrupted() ?? this.#lost(looked.why)
      case 'skipped':
        return this.#interrupted() ?? this.#skip(looked.why)
      case 'taken':
        return this.#take(looked)
    }
  }

  #lost(why: string): WatchEnd {
    this.#lostWhy = `the watch ended in round ${this.#rounds.length}, since ${why}`
    return 'lost'
  }

  #skip(why: string): WatchEnd | undefined {
    const skipped = { atMs: Date.now(), skipped: why }
    this.#skipped.push(skipped)
    this.#tell({ event: 'skipped', ...skipped })
    this.#skippedInRow++
    return this.#skippedInRow < MOST_SKIPPED
      ? undefined
      : this.#lost(`${MOST_SKIPPED} looks in a row could not be taken: ${why}`)
  }

  #take({ places, snapshots, restart }: Extract<Looked, { kind: 'taken' }>): WatchEnd | undefined {
    const number = this.#rounds.length
    const round = roundOf(number, this.#last, snapshots, restart)
    this.#places = places
    this.#last = snapshots
    this.#skippedInRow = 0
    this.#rounds.push(round)
    if (restart !== undefined) this.#notes.push(restartNote(number, restart))
    for (const { pid, freeze } of snapshots) {
      if (freeze.zombie !== undefined) this.#notes.push(zombieText(pid, freeze.zombie))
    }
    this.#stretches = addLook(this.#stretches, { round: number, snapshots }, restart !== undefined)
    const run = this.#run('rounds')
    this.#tell({ event: 'round', ...round, counted: roundsOf(this.#stretches.at(-1)!), grows: growsSoFar(run) })
    return this.#judge(run)
  }

  #judge(run: LeakRun): WatchEnd | undefined {
    const { rounds, untilLeak } = this.#plan
    const isOpenLeak =
      run.verdict === 'leak' && [...run.growths, ...run.process.growths].some(({ coveredBy }) => !coveredBy)
    this.#leaked = isOpenLeak ? this.#leaked + 1 : 0
    if (this.#leaked >= 2) {
      this.#tellLeak(run)
      if (untilLeak) return 'leak'
    }
    const current = this.#stretches.at(-1)!
    if (roundsOf(current) < rounds && this.#rounds.length <= MOST_TIMES * rounds) return undefined
    if (this.#leaked > 0) this.#tellLeak(run)
    return 'rounds'
  }

  #tellLeak(run: LeakRun): void {
    if (this.#hasToldLeak) return
    this.#hasToldLeak = true
    this.#options.onLeak?.(run)
  }

  #run(ended: WatchEnd): LeakRun {
    return leakRun(this.#analysis(ended), this.#plan.plan.budgets, this.#options.baseline)
  }

  #analysis(ended: WatchEnd): Analysis {
    const stretch = judgedStretch(this.#stretches)
    const measurement = watchMeasurement({
      description: this.#live.description,
      plan: this.#plan.plan,
      stretch,
      facts: {
        everyMs: this.#plan.everyMs,
        ended,
        rounds: [...this.#rounds],
        judged: { from: stretch[0]?.round ?? 0, to: stretch.at(-1)?.round ?? 0 },
        skipped: [...this.#skipped],
        pause: pauseOf(this.#rounds),
      },
      lost: this.#lostWhy,
      notes: [...this.#notes, ...this.#aside()],
    })
    const analysis = analyse(measurement)
    return analysis.growths.some(({ class: found }) => found === 'leak') && isEven(analysis.timeline)
      ? { ...analysis, measurement: { ...measurement, notes: [...measurement.notes, EVEN] } }
      : analysis
  }

  /** What is counted beside the process that was named. */
  #aside(): string[] {
    const { scope, watched, siblings } = this.#places
    if (scope === 'all' || siblings.length < 2) return []
    return [`requests are those of all ${siblings.length} workers of nginx: only ${nameOf(watched[0]!)} was watched`]
  }

  #tell(event: WatchEvent): void {
    this.#options.onEvent?.(event)
  }
}

function restartNote(round: number, how: string): string {
  return round === 0 ? `before the first look ${how}` : `in round ${round} ${how}: nothing is compared across it`
}

const EVEN = 'requests came at an even pace, so that growth by the clock would look the same'
