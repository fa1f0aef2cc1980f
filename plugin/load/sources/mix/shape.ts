import { keyOf, type Segment, segmentOf, textOf } from './segment.js'

/** A request target in its parts. `/a/1?x=2&y` has the path parts `a` and `1`, the field `x` with the value `2`, and one without a name. */
export interface Shape {
  readonly path: readonly Segment[]
  readonly query: readonly Field[]
}

export interface Field {
  /** Null for a field without `=`, which is often a number against caches. */
  readonly name: string | null
  readonly value: Segment
}

/** Fields beyond these are taken as they are, with the last of these. */
const FIELDS = 30
/** Parts of a path beyond these are taken as they are, with the last of these. */
const PARTS = 30

/** The parts of a path with its query. */
export function shapeOf(target: string): Shape {
  const at = target.indexOf('?')
  const path = at < 0 ? target : target.slice(0, at)
  return {
    path: splitAt(path.slice(1), '/', PARTS).map(segmentOf),
    query: at < 0 ? [] : splitAt(target.slice(at + 1), '&', FIELDS).map(fieldOf),
  }
}

/** Whatever holds `{n}` and its kin is a template already, and stays as its user wrote it. */
export function verbatim(target: string): Shape {
  return { path: [{ kind: 'text', text: target.slice(1) }], query: [] }
}

export function shapeKey({ path, query }: Shape): string {
  return [path.map(keyOf).join('/'), ...query.map(fieldKey)].join('\n\n')
}

/** The target again, with placeholders where `varies` says so and with what was seen first elsewhere. */
export function targetOf({ path, query }: Shape, varies: (place: Place) => boolean): string {
  const parts = path.map((segment, depth) => textOf(segment, varies({ depth })))
  const fields = query.map(({ name, value }, index) => named(name, textOf(value, varies({ field: index }))))
  return `/${parts.join('/')}${fields.length > 0 ? `?${fields.join('&')}` : ''}`
}

/** Which part of a shape. */
export type Place = { readonly depth: number } | { readonly field: number }

/** What a place is known by: all that comes before it in the path, or the path and the field's name. */
export function placeKey(shape: Shape, place: Place): string {
  if ('depth' in place) return shape.path.slice(0, place.depth).map(keyOf).join('/')
  return `${shape.path.map(keyOf).join('/')}?${shape.query[place.field]!.name ?? ''}`
}

export function segmentAt({ path, query }: Shape, place: Place): Segment | undefined {
  return 'depth' in place ? path[place.depth] : query[place.field]?.value
}

/** Every place of a shape with what stands there. */
export function* placesOf(shape: Shape): Generator<readonly [Place, Segment]> {
  for (const [depth, segment] of shape.path.entries()) yield [{ depth }, segment]
  for (const [field, { value }] of shape.query.entries()) yield [{ field }, value]
}

/** The shape with something else at one place. */
export function withSegment(shape: Shape, place: Place, segment: Segment): Shape {
  if ('depth' in place) return { ...shape, path: shape.path.with(place.depth, segment) }
  return { ...shape, query: shape.query.with(place.field, { ...shape.query[place.field]!, value: segment }) }
}

function fieldKey({ name, value }: Field): string {
  return named(name, keyOf(value))
}

function named(name: string | null, value: string): string {
  return name === null ? value : `${name}=${value}`
}

function fieldOf(text: string): Field {
  const at = text.indexOf('=')
  return at < 0
    ? { name: null, value: segmentOf(text) }
    : { name: text.slice(0, at), value: segmentOf(text.slice(at + 1)) }
}

/** As split, but the last part holds all that is beyond the limit. */
function splitAt(text: string, separator: string, limit: number): string[] {
  const parts = text.split(separator)
  return parts.length <= limit ? parts : [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)]
}
