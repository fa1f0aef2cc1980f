import type { ProcessRow } from '../types/report.js'
import type { MemoryRow, Snapshot } from '../types/snapshot.js'

/** The breakdown of two moments row by row, all workers together; undefined where a snapshot has none. */
export function processRows(before: readonly Snapshot[], after: readonly Snapshot[]): ProcessRow[] | undefined {
  const [one, other] = [sumRows(before), sumRows(after)]
  if (!one || !other) return undefined
  return [...new Set([...one.keys(), ...other.keys()])].map((key) => {
    const [was, is] = [one.get(key), other.get(key)]
    const { category, name, vm, how } = (is ?? was)!
    const used = was?.used !== undefined || is?.used !== undefined
    return {
      category,
      name,
      ...(vm !== undefined && { vm }),
      before: was?.bytes ?? 0,
      after: is?.bytes ?? 0,
      ...(used && { used: [was?.used ?? 0, is?.used ?? 0] as const }),
      how,
    }
  })
}

/**
 * Rows of all workers by what they are. Bytes add up, though pages of shared memory are in several workers' resident
 * sets; the use of a zone is the same for all.
 */
function sumRows(moment: readonly Snapshot[]): Map<string, MemoryRow> | undefined {
  const rows = new Map<string, MemoryRow>()
  for (const { process } of moment) {
    if (!process.rows) return undefined
    for (const row of process.rows) {
      const key = `${row.category} ${row.vm ?? ''} ${row.name}`
      const known = rows.get(key)
      rows.set(key, known ? together(known, row) : row)
    }
  }
  return rows
}

function together(known: MemoryRow, row: MemoryRow): MemoryRow {
  const bytes = known.bytes + row.bytes
  if (row.category === 'shm' || row.used === undefined) return { ...known, bytes }
  return { ...known, bytes, used: (known.used ?? 0) + row.used }
}
