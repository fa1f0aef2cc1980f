/** One part of a path, or one value of a query. */
export type Segment =
  | { readonly kind: 'text'; readonly text: string }
  | {
      /** Something that names one of many: a number, a UUID, a digest. */
      readonly kind: 'id'
      readonly placeholder: '{n}' | '{uuid}'
      readonly before: string
      readonly after: string
      /** The first that was seen. */
      readonly first: string
    }

/** A file name's end, such as `.json`, stays behind an id. */
const END = String.raw`(?:\.[a-z][a-z0-9]{0,4})?`
const NUMBER = new RegExp(`^-?\\d+(?:\\.\\d+)?(${END})$`)
const UUID = new RegExp(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(${END})$`, 'i')
/** Digests, object ids, ULIDs: long, without blanks, with digits among letters. */
const TOKEN = new RegExp(`^(?=[^.]*\\d)(?=[^.]*[a-z])(?:[0-9a-f]{12,}|[0-9a-z]{20,})(${END})$`, 'i')

/** What a part of a path or a value looks like, taken for itself. */
export function segmentOf(text: string): Segment {
  const uuid = UUID.exec(text)
  if (uuid) return { kind: 'id', placeholder: '{uuid}', before: '', after: uuid[1]!, first: text }
  const other = NUMBER.exec(text) ?? TOKEN.exec(text)
  if (other) return { kind: 'id', placeholder: '{n}', before: '', after: other[1]!, first: text }
  return { kind: 'text', text }
}

/** What all segments of one kind have in common; never what a request can carry, since it holds a line end. */
export function keyOf(segment: Segment): string {
  return segment.kind === 'text' ? segment.text : `\n${segment.placeholder}${segment.before}\n${segment.after}`
}

/** The template of a segment, or what was seen first. */
export function textOf(segment: Segment, asTemplate: boolean): string {
  if (segment.kind === 'text') return segment.text
  return asTemplate ? `${segment.before}${segment.placeholder}${segment.after}` : segment.first
}
