import { percent, size } from '../../base/number.js'
import type { MemoryRow, Snapshot } from '../../types/snapshot.js'
import { NOTABLE, type Rule, type Unusual } from './unusual.js'

export const freeInLuajit: Rule = (snapshot) =>
  free(snapshot, ({ category, name }) => category === 'lua' && name.startsWith('allocator free'), {
    what: "inside LuaJIT's allocator",
    remedy: 'It is used again, and goes back only in whole pages: look for what made the heap large for a moment.',
  })

export const freeInMalloc: Rule = (snapshot) =>
  free(snapshot, ({ category, name }) => category === 'malloc' && name.endsWith(', free'), {
    what: 'inside malloc',
    remedy: 'It is used again. glibc gives back only what is at the end of an arena; a reload starts workers anew.',
  })

function free(
  { process: { rss, rows = [] } }: Snapshot,
  isFree: (row: MemoryRow) => boolean,
  { what, remedy }: { readonly what: string; readonly remedy: string },
): Unusual[] {
  const bytes = rows.filter(isFree).reduce((sum, row) => sum + row.bytes, 0)
  if (bytes <= rss * NOTABLE) return []
  return [{ says: `${size(bytes)}, ${percent(bytes / rss)}, are free ${what}.`, remedy }]
}
