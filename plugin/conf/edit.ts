import type { Span } from './conf.js'
import type { ConfFile } from './conf-tree.js'

/** `text` in place of a span; an empty span inserts. */
export interface Edit extends Span {
  readonly text: string
}

/** An edit of one of the files of a conf. */
export interface FileEdit extends Edit {
  readonly file: ConfFile
}

function newlines(text: string): number {
  return text.split('\n').length - 1
}

/**
 * Applies edits that do not overlap. Lines keep their numbers, since Lua chunk names carry them:
 * a replacement is padded with the newlines it took out. Insertions at one offset keep their order.
 */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = ''
  let at = 0
  for (const edit of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (edit.start < at) throw new RangeError(`edits overlap at offset ${edit.start}: ${JSON.stringify(edit.text)}`)
    const lost = newlines(text.slice(edit.start, edit.end)) - newlines(edit.text)
    if (lost < 0) throw new RangeError(`an edit adds a line at offset ${edit.start}: ${JSON.stringify(edit.text)}`)
    result += text.slice(at, edit.start) + edit.text + '\n'.repeat(lost)
    at = edit.end
  }
  return result + text.slice(at)
}
