import { type Place, placeKey, placesOf, type Shape, shapeKey } from './shape.js'

/** Requests that are one but for their ids. */
export interface RequestKind {
  readonly method: string
  /** Host header; or origin, where its user named the port. */
  readonly host: string | undefined
  readonly shape: Shape
  /** Written with placeholders by its user, so that nothing in it is taken for an id. */
  readonly verbatim: boolean
  readonly count: number
  /** Whether more than one value was seen, by place in the order of `placesOf`. */
  readonly varied: readonly boolean[]
  /** Of the first that was seen. */
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly body: string | undefined
}

export function kindKey({ method, host = '', shape, verbatim }: RequestKind): string {
  return `${verbatim ? '=' : ''}${method} ${host}\n${shapeKey(shape)}`
}

/** Two that have the same key. */
export function together(one: RequestKind, other: RequestKind): RequestKind {
  const others = [...placesOf(other.shape)]
  const varied = [...placesOf(one.shape)].map(
    ([, segment], index) =>
      one.varied[index]! ||
      other.varied[index]! ||
      (segment.kind === 'id' && segment.first !== (others[index]![1] as typeof segment).first),
  )
  return { ...one, count: one.count + other.count, varied }
}

/** Those with the same key as one, in the order in which the first of each came. */
export function mergeKinds(kinds: Iterable<RequestKind>): Map<string, RequestKind> {
  const merged = new Map<string, RequestKind>()
  for (const kind of kinds) {
    const key = kindKey(kind)
    const known = merged.get(key)
    merged.set(key, known ? together(known, kind) : kind)
  }
  return merged
}

/**
 * Tells whether ids vary at a place, over all kinds of request: `/users/1` and `/users/2/orders` together say that users do.
 * @returns a function of a kind and a place of it
 */
export function variation(kinds: readonly RequestKind[]): (kind: RequestKind, place: Place) => boolean {
  const seen = new Map<string, { readonly first: string; varies: boolean }>()
  const keyAt = ({ host = '', shape }: RequestKind, place: Place) => `${host}\n${placeKey(shape, place)}`
  for (const kind of kinds) {
    for (const [index, [place, segment]] of [...placesOf(kind.shape)].entries()) {
      if (segment.kind !== 'id') continue
      const key = keyAt(kind, place)
      const known = seen.get(key)
      if (known) known.varies ||= kind.varied[index]! || known.first !== segment.first
      else seen.set(key, { first: segment.first, varies: kind.varied[index]! })
    }
  }
  return (kind, place) => seen.get(keyAt(kind, place))?.varies ?? false
}
