import type { LeakReport } from 'vitest-openresty-leak'

/** What a scenario's expected.json holds: the findings of a run, with rates rounded to what a run is sure of. */
export interface Seen {
  readonly verdict: string
  readonly growths: readonly {
    readonly class: string
    readonly path: string
    readonly source: string | null
    /** Objects per request, by type. */
    readonly types: Readonly<Record<string, number>>
  }[]
}

/** A run in the form of expected.json. */
export function seen(run: LeakReport): Seen {
  return {
    verdict: run.verdict,
    growths: run.growths.map(({ class: kind, path, source, types }) => ({
      class: kind,
      path,
      source,
      types: Object.fromEntries(
        Object.entries(types).map(([type, { objectsPerRequest }]) => [type, Math.round(objectsPerRequest * 100) / 100]),
      ),
    })),
  }
}
