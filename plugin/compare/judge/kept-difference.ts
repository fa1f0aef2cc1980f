import type { KeptDifference } from '../../types/compare/comparison.js'
import type { KeptRate } from '../../types/compare/result.js'

/** Sigmas by which two counts of independent events must differ: a growth per request is exact, one by chance is not. */
const SIGMA = 4
/** Objects, over all requests, that a difference must come to. */
const LEAST = 3
/** Off the heap allocators round, and keep some in hand: bytes, as the verdict has it. */
const LEAST_OFF_HEAP = 65_536

/** What each request keeps for good, on either side, by path; largest difference first. */
export function keptDifferences(base: readonly KeptRate[], head: readonly KeptRate[]): KeptDifference[] {
  const paths = [...new Set([...head, ...base].map(({ path }) => path))]
  return paths
    .map((path) => keptDifference(path, find(base, path), find(head, path)))
    .sort((one, other) => difference(other) - difference(one) || (one.path < other.path ? -1 : 1))
}

function find(rates: readonly KeptRate[], path: string): KeptRate | undefined {
  return rates.find((rate) => rate.path === path)
}

function keptDifference(path: string, base: KeptRate | undefined, head: KeptRate | undefined): KeptDifference {
  const pairOf = (metric: 'objectsPerRequest' | 'bytesPerRequest' | 'entriesPerRequest') => ({
    base: base?.[metric] ?? 0,
    head: head?.[metric] ?? 0,
  })
  const metric = [base, head].some((rate) => (rate?.objectsPerRequest ?? 0) > 0)
    ? 'objectsPerRequest'
    : [base, head].some((rate) => (rate?.entriesPerRequest ?? 0) > 0)
      ? 'entriesPerRequest'
      : 'bytesPerRequest'
  return {
    path,
    source: head?.source ?? base?.source ?? null,
    ...(head?.file !== undefined && { file: head.file, line: head.line }),
    objectsPerRequest: pairOf('objectsPerRequest'),
    bytesPerRequest: pairOf('bytesPerRequest'),
    entriesPerRequest: pairOf('entriesPerRequest'),
    call: callOf(
      { rate: base?.[metric] ?? 0, requests: base?.requests ?? head?.requests ?? 0 },
      { rate: head?.[metric] ?? 0, requests: head?.requests ?? base?.requests ?? 0 },
      path.startsWith('process.') ? LEAST_OFF_HEAP : LEAST,
    ),
  }
}

interface Seen {
  readonly rate: number
  readonly requests: number
}

/** One side that keeps nothing needs no statistics; two that do are compared as counts, each with its own chance. */
function callOf(base: Seen, head: Seen, least: number): KeptDifference['call'] {
  const requests = Math.min(base.requests, head.requests)
  const apart = (head.rate - base.rate) * requests
  const chance = Math.sqrt((head.rate / head.requests + base.rate / base.requests || 0) * requests ** 2)
  if (base.rate > 0 && head.rate > 0 && Math.abs(apart) < Math.max(least, SIGMA * chance)) return 'same'
  if (apart === 0) return 'same'
  return apart > 0 ? 'more' : 'less'
}

function difference({ bytesPerRequest: { base, head } }: KeptDifference): number {
  return Math.abs(head - base)
}
