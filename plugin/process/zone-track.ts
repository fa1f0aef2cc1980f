import type { MemoryRow, Snapshot, ZoneEntries } from '../types/snapshot.js'

/** A shared dictionary followed over the snapshots. Each series has one value per moment; what was lost adds up from the first. */
export interface ZoneTrack {
  readonly zone: string
  /** Bytes that can be handed out. */
  readonly capacity: number
  /** What never expires. */
  readonly lasting: ZoneSeries
  /** What expires, and what has expired and is still there. */
  readonly expiring: ZoneSeries
  /** Entries that never expire which a full zone threw out. */
  readonly thrownLasting: readonly number[]
  /** Entries which a full zone threw out before they expired. */
  readonly thrownExpiring: readonly number[]
  /** Allocations that a full zone refused without throwing anything out, as safe_set and lpush ask. */
  readonly refused: readonly number[]
  /** Rounds in which large entries that never expire took the place of others; nginx counts no allocations of more than half a page. */
  readonly replaced: number
  /** Allocations that succeeded. */
  readonly made: readonly number[]
  /** The longest time that an entry had left in any snapshot, in milliseconds. */
  readonly ttlMs: number
  /** Whether something expired, or was thrown out, within the run. */
  readonly turnsOver: boolean
  /** What would be thrown out next at the end. */
  readonly oldest: ZoneEntries['oldest']
}

export interface ZoneSeries {
  readonly entries: readonly number[]
  readonly bytes: readonly number[]
}

/** A dictionary's row with all that is needed to judge it. */
type DictRow = MemoryRow & Required<Pick<MemoryRow, 'entries' | 'used' | 'allocations' | 'failures' | 'capacity'>>

/** Every shared dictionary whose entries were read at every moment, by any worker: all share it. */
export function zoneTracks(moments: readonly (readonly Snapshot[])[]): ZoneTrack[] {
  const names = shmRows(moments[0]?.[0]).map(({ name }) => name)
  return names.flatMap((zone) => {
    const rows = moments.map((moment) =>
      moment
        .flatMap(shmRows)
        .filter(isDict)
        .find(({ name }) => name === zone),
    )
    return rows.length > 0 && rows.every((row) => row !== undefined) ? [trackOf(zone, rows)] : []
  })
}

/** Rows of shared zones. */
export function shmRows(snapshot: Snapshot | undefined): readonly MemoryRow[] {
  return (snapshot?.process.rows ?? []).filter(({ category }) => category === 'shm')
}

function isDict(row: MemoryRow): row is DictRow {
  const { entries, used, allocations, failures, capacity } = row
  return [entries, used, allocations, failures, capacity].every((each) => each !== undefined)
}

function trackOf(zone: string, rows: readonly DictRow[]): ZoneTrack {
  const losses = rows.map((row, moment) => (moment === 0 ? NOTHING : lossBetween(rows[moment - 1]!, row)))
  const over = (key: keyof Loss) => runningSum(losses.map((loss) => loss[key]))
  const last = rows.at(-1)!
  const [thrownLasting, thrownExpiring] = [over('thrownLasting'), over('thrownExpiring')]
  return {
    zone,
    capacity: last.capacity,
    lasting: {
      entries: rows.map(({ entries }) => entries.lasting[0]),
      bytes: rows.map(({ entries }) => entries.lasting[1]),
    },
    expiring: {
      entries: rows.map(({ entries }) => entries.expiring[0] + entries.expired[0]),
      bytes: rows.map(({ entries }) => entries.expiring[1] + entries.expired[1]),
    },
    thrownLasting,
    thrownExpiring,
    refused: over('refused'),
    replaced: rows.filter((row, moment) => moment > 0 && replaced(rows[moment - 1]!, row)).length,
    made: rows.map(({ allocations, failures }) => allocations - failures),
    ttlMs: Math.max(...rows.map(({ entries }) => entries.ttlMs)),
    turnsOver: thrownExpiring.at(-1)! > 0 || rows.some(({ entries }) => entries.expired[0] > 0),
    oldest: last.entries.oldest,
  }
}

/** What a full zone lost between two moments. */
interface Loss {
  readonly thrownLasting: number
  readonly thrownExpiring: number
  readonly refused: number
}

const NOTHING: Loss = { thrownLasting: 0, thrownExpiring: 0, refused: 0 }

/**
 * An allocation that fails makes the dictionary throw out its least recently used entry and ask again. So as many were thrown out as
 * allocations failed, but for those that gave up; and no more than came and are not there.
 */
function lossBetween(before: DictRow, after: DictRow): Loss {
  const failed = after.failures - before.failures
  if (failed <= 0) return NOTHING
  const made = after.allocations - before.allocations - failed
  const thrown = Math.max(0, Math.min(failed, made - (countOf(after) - countOf(before))))
  const refused = failed - thrown
  const lasts = [before, after].every(({ entries }) => entries.oldest === null || entries.oldest === 'lasting')
  const expires = [before, after].some(({ entries }) => entries.oldest === 'expiring')
  return {
    thrownLasting: lasts ? thrown : 0,
    thrownExpiring: !lasts && expires ? thrown : 0,
    refused,
  }
}

/** Larger than what nginx counts allocations of: half a page. Bytes. */
const LARGE = 2048

/**
 * Whether others took the place of large entries in a zone without room for two more of them. Their allocations and failures are not
 * counted, so that how many there were is not known.
 */
function replaced(before: DictRow, after: DictRow): boolean {
  const isTight = ({ entries, free = 0 }: DictRow) => {
    const each = entries.lasting[1] / Math.max(1, entries.lasting[0])
    return each > LARGE && free < 2 * each && entries.oldest === 'lasting'
  }
  return (
    isTight(before) &&
    isTight(after) &&
    after.failures === before.failures &&
    after.entries.lastingKeys !== before.entries.lastingKeys
  )
}

function countOf({ entries }: DictRow): number {
  return entries.lasting[0] + entries.expiring[0] + entries.expired[0]
}

function runningSum(numbers: readonly number[]): number[] {
  let sum = 0
  return numbers.map((value) => {
    sum += value
    return sum
  })
}
