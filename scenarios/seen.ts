import type { Growth, LeakReport } from 'vitest-openresty-leak'

type ProcessGrowth = LeakReport['process']['growths'][number]

/** What a scenario's expected.json holds. */
export interface Expected {
  readonly verdict: string
  readonly growths: readonly SeenGrowth[]
  /** What grew off the Lua heap; left out where nothing did. */
  readonly process?: readonly SeenProcessGrowth[]
  /** What must be among the paths that moved without being a growth; several classes where the machine's pace decides. */
  readonly moved?: readonly Moved[]
  /** Share by which a rate may differ. Default 0.01. */
  readonly within?: number
  /** Whether each worker that takes part adds as much, such as with a change that all are told: the rates here are those of one. */
  readonly eachWorker?: boolean
}

export interface Moved {
  readonly class: string | readonly string[]
  readonly path: string
}

export interface SeenGrowth {
  readonly class: string
  readonly path: string
  readonly source: string | null
  /** The lines that add to it, most first; left out where chance decides whether any is seen. */
  readonly addedAt?: readonly string[]
  /** Path of the source's file from the prefix; left out where the source says enough. */
  readonly file?: string | null
  /** Where most of the leaked objects of a type are defined; left out where the source says enough. */
  readonly definedAt?: Readonly<Record<string, string | undefined>>
  /** Objects per request, by type. */
  readonly types: Readonly<Record<string, number>>
  /** Entries per request, where no object grew in number. */
  readonly entries?: number
  /** Bytes per request, where neither objects nor entries did. */
  readonly bytes?: number
}

export interface SeenProcessGrowth {
  readonly class: string
  readonly category: string
  readonly zone?: string
  /** Of malloc: who holds it, and the objects behind it; left out where that is not the point. */
  readonly holder?: string
  readonly ctype?: string
  readonly finalizer?: string | null
  /** As above. */
  readonly addedAt?: readonly string[]
  /** Bytes per request. */
  readonly bytes: number
}

/** A run in the form of its expected.json, to be compared with it: rates that are near enough are told as expected. */
export function seen(run: LeakReport, expected: Expected): Expected {
  const { within, moved, eachWorker } = expected
  const near: Near = { within: within ?? 0.01, times: eachWorker ? run.runtime.workers.length : 1 }
  return {
    verdict: run.verdict,
    growths: run.growths.map((growth, index) => seenGrowth(growth, expected.growths[index], near)),
    ...(run.process.growths.length > 0 && {
      process: run.process.growths.map((growth, index) => seenProcess(growth, expected.process?.[index], near)),
    }),
    ...(moved && { moved: moved.filter((one) => run.moved.some((other) => isSame(one, other))) }),
    ...(within !== undefined && { within }),
    ...(eachWorker !== undefined && { eachWorker }),
  }
}

/** How near a rate has to be to `times` what is expected. */
interface Near {
  readonly within: number
  readonly times: number
}

function seenGrowth(growth: Growth, expected: SeenGrowth | undefined, near: Near): SeenGrowth {
  const { class: kind, path, source, types, entriesPerRequest, bytesPerRequest } = growth
  const rates = Object.entries(types)
    .filter(([, { objectsPerRequest }]) => objectsPerRequest !== 0)
    .map(([type, { objectsPerRequest }]) => [type, asExpected(objectsPerRequest, expected?.types[type], near)])
  const told = {
    class: kind,
    path,
    source,
    ...(expected?.addedAt && { addedAt: (growth.addedAt ?? []).map((place) => place.source) }),
    ...(expected?.file !== undefined && { file: growth.file }),
    ...(expected?.definedAt && { definedAt: definedAt(growth, Object.keys(expected.definedAt)) }),
    types: Object.fromEntries(rates),
  }
  if (rates.length > 0) return told
  if (entriesPerRequest !== 0) return { ...told, entries: asExpected(entriesPerRequest, expected?.entries, near) }
  return { ...told, bytes: asExpected(bytesPerRequest, expected?.bytes, near) }
}

function definedAt({ types }: Growth, named: readonly string[]): SeenGrowth['definedAt'] {
  const all: Readonly<Record<string, { readonly definedAt?: readonly { readonly source: string }[] }>> = types
  return Object.fromEntries(named.map((type) => [type, all[type]?.definedAt?.[0]?.source]))
}

function seenProcess(
  { class: kind, category, zone, holder, ctype, finalizer, bytesPerRequest, addedAt = [] }: ProcessGrowth,
  expected: SeenProcessGrowth | undefined,
  near: Near,
): SeenProcessGrowth {
  const bytes = asExpected(bytesPerRequest, expected?.bytes, near)
  return {
    class: kind,
    category,
    ...(zone !== undefined && { zone }),
    ...(expected?.holder !== undefined && { holder }),
    ...(expected?.ctype !== undefined && { ctype, finalizer }),
    ...(expected?.addedAt && { addedAt: addedAt.map((place) => place.source) }),
    bytes,
  }
}

function asExpected(rate: number, expected = Number.NaN, { within, times }: Near): number {
  return Math.abs(rate / times - expected) <= within * expected ? expected : Number(rate.toPrecision(3))
}

function isSame(expected: Moved, { class: found, path }: Growth): boolean {
  return expected.path === path && [expected.class].flat().includes(found)
}
