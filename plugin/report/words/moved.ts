import { plural } from '../../base/number.js'
import { sumBy, sumOf } from '../../base/sum.js'
import { parsePath } from '../../heap/path.js'
import { processPath } from '../../process/path.js'
import type { Growth, GrowthClass } from '../../types/growth.js'
import type { LeakReport, ProcessGrowth } from '../../types/report.js'

/** What moved without leaking, of one owner: its path that gained most. */
export interface MovedLine {
  readonly class: GrowthClass
  /** With long keys cut. */
  readonly path: string
  /** Objects or entries over all rounds; absent where they are not known. */
  readonly gained?: number
  readonly bytes: number
  /** Why it has its class, and how many other paths of this owner moved. */
  readonly why: string
}

export interface Moved {
  readonly lines: readonly MovedLine[]
  /** Paths that no line counts. */
  readonly rest: number
}

/** People are told so many; the JSON report has all. */
const MOST_LINES = 5
const LONGEST_KEY = 40

/** The paths of one file's code are one line, and so is each shared dictionary. What is undecided comes first, then what gained most. */
export function movedLines({ moved, process }: Pick<LeakReport, 'moved' | 'process'>): Moved {
  const owners = [...byOwner(moved).values()].map((growths) => ({ line: lineOf(growths), paths: growths.length }))
  const zones = (process.moved ?? []).filter(({ zone }) => zone !== undefined)
  const all = [...owners, ...zones.map((zone) => ({ line: zoneLine(zone), paths: 1 }))]
  all.sort(({ line: one }, { line: other }) => undecided(other) - undecided(one) || other.bytes - one.bytes)
  return {
    lines: all.slice(0, MOST_LINES).map(({ line }) => line),
    rest: sumBy(all.slice(MOST_LINES), ({ paths }) => paths),
  }
}

/** By file and process; a path that no code is known of stands for itself. */
function byOwner(moved: readonly Growth[]): ReadonlyMap<string, readonly Growth[]> {
  const groups = new Map<string, Growth[]>()
  for (const growth of moved) {
    const owner = growth.file ?? growth.moduleFile
    const key = JSON.stringify([
      growth.process,
      growth.vm,
      owner === undefined || owner === null ? growth.path : { owner },
    ])
    groups.set(key, [...(groups.get(key) ?? []), growth])
  }
  return groups
}

function lineOf(growths: readonly Growth[]): MovedLine {
  const [first, ...others] = [...growths].sort(
    (one, other) => undecided(other) - undecided(one) || bytesOf(other) - bytesOf(one),
  )
  const { class: kind, path, rounds, why } = first!
  const more = others.length === 0 ? [] : [`${plural(others.length, 'other path')} of the same file moved, too`]
  return {
    class: kind,
    path: withShortKeys(path),
    gained: sumOf(rounds),
    bytes: bytesOf(first!),
    why: [...(why === undefined ? [] : [why]), ...more].join('; '),
  }
}

/** Its contents explain its growth. */
function zoneLine(growth: ProcessGrowth): MovedLine {
  const { class: kind, entries, bytes, why = '' } = growth
  return { class: kind, path: processPath(growth), ...(entries && { gained: entries }), bytes, why }
}

function undecided({ class: kind }: { readonly class: GrowthClass }): number {
  return kind === 'slowing' ? 1 : 0
}

function bytesOf({ types }: Growth): number {
  return sumBy(Object.values(types), ({ bytes }) => bytes)
}

/** A key that users make, such as a URL or a token, says by its beginning and end which one it is. */
function withShortKeys(path: string): string {
  const short = (step: string) =>
    step.length > LONGEST_KEY ? `${step.slice(0, LONGEST_KEY - 12)}…${step.slice(-11)}` : step
  return parsePath(path).map(short).join('')
}
