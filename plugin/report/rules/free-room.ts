import { percent, plural, size } from '../../base/number.js'
import { sumBy } from '../../base/sum.js'
import type { FreeChunks, MemoryRow, Snapshot } from '../../types/snapshot.js'
import { NOTABLE, type Rule, type Unusual } from './unusual.js'

/** Where the largest free chunk is less than this share of what is free, that is scattered. */
const SCATTERED = 0.5
const SCATTERED_REMEDY =
  'It is scattered among what lives, so that only what is no larger fits in: objects that live long and were made between others that went keep it from going back.'

export const freeInLuajit: Rule = (snapshot) =>
  free(snapshot, {
    isFree: ({ category, name }) => category === 'lua' && name.startsWith('allocator free'),
    chunks: snapshot.vms.flatMap(({ allocator }) => allocator ?? []),
    where: "inside LuaJIT's allocator",
    remedy: 'It is used again, and goes back only in whole segments: look for what made the heap large for a moment.',
  })

export const freeInMalloc: Rule = (snapshot) =>
  free(snapshot, {
    isFree: ({ category, name }) => category === 'malloc' && name.endsWith(', free'),
    chunks: snapshot.process.arenas ?? [],
    where: 'inside malloc',
    remedy: 'It is used again. glibc gives back only what is at the end of an arena; a reload starts workers anew.',
  })

interface FreeRoom {
  readonly isFree: (row: MemoryRow) => boolean
  /** What it consists of, where that is known. */
  readonly chunks: readonly FreeChunks[]
  readonly where: string
  readonly remedy: string
}

function free({ process: { rss, rows = [] } }: Snapshot, { isFree, chunks, where, remedy }: FreeRoom): Unusual[] {
  const resident = sumBy(rows.filter(isFree), (row) => row.bytes)
  const number = sumBy(chunks, ({ free: [each] }) => each)
  const inChunks = sumBy(chunks, ({ free: [, each] }) => each)
  // the rows have the heads of chunks that are in use, too; and what is free need not be resident
  const bytes = chunks.length > 0 ? Math.min(resident, inChunks) : resident
  if (bytes <= rss * NOTABLE) return []
  const says = `${size(bytes)}, ${percent(bytes / rss)}, are free ${where}`
  if (chunks.length === 0) return [{ says: `${says}.`, remedy }]
  const largest = Math.max(...chunks.map(({ largestFree }) => largestFree))
  return [
    {
      says: `${says}, in ${plural(number, 'chunk')}, the largest of ${size(largest)}.`,
      remedy: largest < SCATTERED * bytes ? `${SCATTERED_REMEDY} ${remedy}` : remedy,
    },
  ]
}
