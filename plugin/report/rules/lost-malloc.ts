import { escaped } from '../../base/escape.js'
import { count, plural, size } from '../../base/number.js'
import { type MallocRow, mallocRows } from '../../process/malloc-rows.js'
import type { Snapshot } from '../../types/snapshot.js'
import type { Rule } from './unusual.js'

/** Memory that is lost only gets more: it is worth a sentence from this share of the resident set on, or from so many bytes. */
const LOST_SHARE = 0.01
const LOST_BYTES = 65_536
/** Sizes of lost blocks that are named. */
const NAMED = 3

export const lostMalloc: Rule = (snapshot) => {
  const least = Math.min(LOST_BYTES, LOST_SHARE * snapshot.process.rss)
  return (mallocRows(snapshot) ?? [])
    .filter(({ kind, bytes }) => (kind === 'lost' || kind === 'soon lost') && bytes > least)
    .map((row) => ({
      says: row.kind === 'lost' ? lostWords(row, snapshot) : soonLostWords(row),
      remedy:
        'C code or FFI took it and nobody frees it: free it on every way out, errors too, or give the object ffi.gc.',
    }))
}

function lostWords({ bytes, blocks }: MallocRow, { process }: Snapshot): string {
  const sizes = process
    .malloc!.lost.sizes.slice(0, NAMED)
    .map(([each, number]) => `${count(number)} of ${count(each)} B`)
  const most = sizes.length > 0 ? `: most are ${sizes.join(', ')}` : ''
  return `${size(bytes)} of malloc in ${plural(blocks, 'block')} are lost, nothing points at them any more${most}.`
}

function soonLostWords({ bytes, blocks, objects }: MallocRow): string {
  const on = objects ? ` (${escaped(objects)})` : ''
  return `${size(bytes)} of malloc in ${plural(blocks, 'block')} hang on unreachable objects without a finalizer${on}: the next collection loses them.`
}
