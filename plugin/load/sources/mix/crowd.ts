import { sumOf } from '../../../base/sum.js'
import { mergeKinds, type RequestKind } from './kind-of-request.js'
import type { Segment } from './segment.js'
import { type Place, placeKey, segmentAt, withSegment } from './shape.js'

/** More values at one place of a path than a plan may have requests: most of them are then names of things, whatever they look like. */
const MANY = 100
/** At such a place, a value with this share of the requests stays what it is. */
const OWN_SHARE = 1 / 100
/** Values that are alike but for a number (`item-17`) keep what they share where there are so many of them. */
const ALIKE = 10
/** Words of a query that choose one of a few ways (`sort=asc`) are at most so many ... */
const CHOICES = 5
/** ... and each comes again so often. */
const CHOICE_HITS = 10

/** Makes templates of what does not look like an id but comes in as many values as one. */
export function templatesOfCrowds(kinds: Iterable<RequestKind>): Map<string, RequestKind> {
  let all = [...kinds]
  const deepest = Math.max(0, ...all.map(({ shape }) => shape.path.length))
  // from the front: what is a template there makes one place of many behind it
  for (let depth = 0; depth < deepest; depth++) {
    all = rewritten(all, { depth }, rareNames)
  }
  all = [...mergeKinds(all).values()]
  const fields = Math.max(0, ...all.map(({ shape }) => shape.query.length))
  for (let field = 0; field < fields; field++) all = rewritten(all, { field }, freeWords)
  return mergeKinds(all)
}

/** Says which of the texts at one place, with how often each was seen, are values of a template. */
type Rule = (hits: ReadonlyMap<string, number>) => (text: string) => Segment | undefined

function rewritten(kinds: readonly RequestKind[], place: Place, rule: Rule): RequestKind[] {
  const hits = new Map<string, Map<string, number>>()
  for (const kind of kinds) {
    const text = textAt(kind, place)
    if (text === undefined) continue
    const key = crowdKey(kind, place)
    const at = hits.get(key) ?? new Map<string, number>()
    at.set(text, (at.get(text) ?? 0) + kind.count)
    hits.set(key, at)
  }
  const rules = new Map([...hits].map(([key, at]) => [key, rule(at)]))
  return kinds.map((kind) => {
    const text = textAt(kind, place)
    const segment = text === undefined ? undefined : rules.get(crowdKey(kind, place))!(text)
    return segment ? { ...kind, shape: withSegment(kind.shape, place, segment) } : kind
  })
}

function crowdKey({ host = '', shape }: RequestKind, place: Place): string {
  return `${host}\n${placeKey(shape, place)}`
}

function textAt({ shape, verbatim }: RequestKind, place: Place): string | undefined {
  const segment = segmentAt(shape, place)
  return verbatim || segment?.kind !== 'text' ? undefined : segment.text
}

function rareNames(hits: ReadonlyMap<string, number>): ReturnType<Rule> {
  if (hits.size <= MANY) return () => undefined
  const all = sumOf(hits.values())
  const rare = new Set([...hits].filter(([, count]) => count < all * OWN_SHARE).map(([text]) => text))
  const alike = new Map<string, number>()
  for (const text of rare) {
    const key = affixesOf(text).join('\n')
    alike.set(key, (alike.get(key) ?? 0) + 1)
  }
  return (text) => {
    if (!rare.has(text)) return undefined
    const [before, after] = affixesOf(text)
    return alike.get(`${before}\n${after}`)! >= ALIKE ? idOf(text, before, after) : idOf(text)
  }
}

function freeWords(hits: ReadonlyMap<string, number>): ReturnType<Rule> {
  const isChoice = hits.size <= CHOICES && [...hits.values()].every((count) => count >= CHOICE_HITS)
  return hits.size === 1 || isChoice ? () => undefined : (text) => idOf(text)
}

/** What stands before and after the only number of a name; nothing where there is none, or several. */
function affixesOf(text: string): readonly [string, string] {
  const [, before = '', after = ''] = /^(\D*)\d+(\D*)$/.exec(text) ?? []
  return [before, after]
}

function idOf(text: string, before = '', after = ''): Segment {
  return { kind: 'id', placeholder: '{n}', before, after, first: text }
}
