import { sumBy, sumOf } from '../base/sum.js'
import type { Sighting } from './judge.js'
import type { CreditRecord, Total, WatchState } from './records.js'
import type { Watched } from './watcher.js'

/** What all that nginx started at one start or reload has reported last, from the birth of its VMs on: one state for each process and VM. */
export type Generation = readonly WatchState[]

/** What one generation has of one line or one total. */
interface Share {
  /** Made in the master, and there in each of its processes. */
  readonly master: number
  /** Made in the processes themselves, all together. */
  readonly processes: number
}

/** The reports of a master have this number. */
const OF_MASTER = 0

/**
 * What reloads add to a target, line by line. Shared dictionaries outlive all processes, so what a generation puts into them it adds. malloc of
 * the master outlives its VM where nobody frees it. All else ends with its process: there a reload adds what a generation makes more of
 * than the one before it.
 * @param generations  in their order; the first is that of the start
 */
export function reloadSighting(target: Watched, generations: readonly Generation[], seconds: number): Sighting {
  const reloads = generations.length - 1
  const lines = new Map<string, CreditRecord>()
  for (const record of generations.flatMap((states) => states.flatMap((state) => recordsOf(state, target)))) {
    lines.set(record.place, record)
  }
  const credits = [...lines.values()].map((line) => {
    const shares = generations.map((states) => shareOf(states, target, line.place))
    const added = gains(target, shares)
    const { target: id, place, name, stack } = line
    return {
      target: id,
      place,
      name,
      stack,
      amount: sumOf(added),
      requests: added.filter((amount) => amount > 0).length,
    }
  })
  const totals = generations.map((states) => states.flatMap(({ totals }) => totals.get(target.id) ?? []))
  // how much of it the master had is not told: of malloc it may be all
  const total = (part: keyof Total) => {
    const known = totals.map((all) => ({ master: sumBy(all, (one) => one[part]), processes: 0 }))
    return Math.max(0, sumOf(gains(target, known)))
  }
  return {
    credits,
    total: { gained: total('gained'), lost: total('lost'), unplaced: total('unplaced') },
    requests: reloads,
    units: reloads,
    seconds,
  }
}

/** What each reload added, from the first one on. */
function gains({ kind }: Watched, shares: readonly Share[]): number[] {
  return shares.slice(1).map(({ master, processes }, index) => {
    const before = shares[index]!
    switch (kind) {
      case 'zone':
        return master + processes
      case 'malloc':
        return master + processes - before.processes
      default:
        return master + processes - before.master - before.processes
    }
  })
}

function shareOf(states: Generation, target: Watched, place: string): Share {
  const records = states.flatMap((state) => recordsOf(state, target)).filter((record) => record.place === place)
  const amount = (isWanted: (seq: number) => boolean) =>
    records.map(({ amounts }) => sumOf(amounts.filter(([seq]) => isWanted(seq)).map(([, amount]) => amount)))
  const inherited = amount((seq) => seq === OF_MASTER)
  return {
    // a dictionary has it once, a heap and malloc each process that has inherited it
    master: target.kind === 'zone' ? Math.max(0, ...inherited) : sumOf(inherited),
    processes: sumOf(amount((seq) => seq !== OF_MASTER)),
  }
}

function recordsOf({ credits }: WatchState, { id }: Watched): CreditRecord[] {
  return [...credits.values()].filter(({ target }) => target === id)
}
