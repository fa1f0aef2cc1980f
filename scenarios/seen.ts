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
  const { within, moved } = expected
  return {
    verdict: run.verdict,
    growths: run.growths.map((growth, index) => seenGrowth(growth, expected.growths[index], within ?? 0.01)),
    ...(run.process.growths.length > 0 && {
      process: run.process.growths.map((growth, index) =>
        seenProcess(growth, expected.process?.[index], within ?? 0.01),
      ),
    }),
    ...(moved && { moved: moved.filter((one) => run.moved.some((other) => isSame(one, other))) }),
    ...(within !== undefined && { within }),
  }
}

function seenGrowth(growth: Growth, expected: SeenGrowth | undefined, within: number): SeenGrowth {
  const { class: kind, path, source, types, entriesPerRequest, bytesPerRequest } = growth
  const rates = Object.entries(types)
    .filter(([, { objectsPerRequest }]) => objectsPerRequest !== 0)
    .map(([type, { objectsPerRequest }]) => [type, near(objectsPerRequest, expected?.types[type], within)])
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
  if (entriesPerRequest !== 0) return { ...told, entries: near(entriesPerRequest, expected?.entries, within) }
  return { ...told, bytes: near(bytesPerRequest, expected?.bytes, within) }
}

function definedAt({ types }: Growth, named: readonly string[]): SeenGrowth['definedAt'] {
  const all: Readonly<Record<string, { readonly definedAt?: readonly { readonly source: string }[] }>> = types
  return Object.fromEntries(named.map((type) => [type, all[type]?.definedAt?.[0]?.source]))
}

function seenProcess(
  { class: kind, category, zone, holder, ctype, finalizer, bytesPerRequest, addedAt = [] }: ProcessGrowth,
  expected: SeenProcessGrowth | undefined,
  within: number,
): SeenProcessGrowth {
  const bytes = near(bytesPerRequest, expected?.bytes, within)
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

function near(rate: number, expected = Number.NaN, within: number): number {
  return Math.abs(rate - expected) <= within * expected ? expected : Number(rate.toPrecision(3))
}

function isSame(expected: Moved, { class: found, path }: Growth): boolean {
  return expected.path === path && [expected.class].flat().includes(found)
}
