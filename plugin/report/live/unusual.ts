import { escaped } from '../../base/escape.js'
import { count, percent, plural, size } from '../../base/number.js'
import { sumBy } from '../../base/sum.js'
import { luaPath } from '../../heap/path-words.js'
import { mainHolder } from '../../heap/tree/largest.js'
import { pathAt } from '../../heap/tree/snapshot-tree.js'
import { mallocRows } from '../../process/malloc-rows.js'
import type { MemoryPart } from '../../types/memory-part.js'
import type { MemoryRow, Snapshot, VmSnapshot } from '../../types/snapshot.js'
import { bytesOf } from './heap-text.js'
import { type VmPaths, vmPaths } from './vm-paths.js'

/** What is out of the ordinary in one worker's memory. Texts are escaped. */
export interface Unusual {
  /** A sentence with the figures that show it. */
  readonly says: string
  /** What to do about it. */
  readonly remedy: string
  /** Where it is on the Lua heap. */
  readonly place?: NonNullable<MemoryPart['place']>
}

/** From this share of the resident set on, something is worth a sentence. */
const NOTABLE = 0.1
/** Memory that is lost is worth one sooner, since it only gets more: from this share on, or from so many bytes. */
const LOST_SHARE = 0.01
const LOST_BYTES = 65_536
/** A table with fewer entries than this share of its slots is nearly empty. */
const NEARLY_EMPTY = 0.25
/** Share of a heap that empty slots must take to be told. */
const SLOTS_SHARE = 0.05
/** Unreachable objects with finalizers that are more than a collection's usual work. */
const MANY_FINALIZERS = 1000
/** Above this share a shared zone is called full. */
const FULL = 0.9

type Rule = (snapshot: Snapshot) => readonly Unusual[]

/** All that is out of the ordinary, what concerns the Lua heap first. */
export function unusual(snapshot: Snapshot): Unusual[] {
  return RULES.flatMap((rule) => rule(snapshot))
}

const RULES: readonly Rule[] = [
  (snapshot) => vmPaths(snapshot).flatMap((paths) => mainPath(paths, snapshot)),
  ({ vms }) => vms.flatMap(emptySlots),
  ({ vms }) => vms.flatMap(moreGarbage),
  ({ vms }) =>
    vms
      .filter(({ finalizable: [objects] }) => objects > MANY_FINALIZERS)
      .map(({ finalizable: [objects], label }) => ({
        says: `${plural(objects, 'unreachable object')} of the ${escaped(label)} VM have finalizers and may hold memory off the heap until a collection runs them.`,
        remedy: 'Free what they hold as soon as it is done with, and let the finalizer be for what was forgotten.',
      })),
  (snapshot) =>
    free(snapshot, 'lua', ({ name }) => name.startsWith('allocator free'), {
      what: "inside LuaJIT's allocator",
      remedy: 'It is used again, and goes back only in whole pages: look for what made the heap large for a moment.',
    }),
  (snapshot) =>
    free(snapshot, 'malloc', ({ name }) => name.endsWith(', free'), {
      what: 'inside malloc',
      remedy: 'It is used again. glibc gives back only what is at the end of an arena; a reload starts workers anew.',
    }),
  ({ process: { rows = [] } }) => rows.flatMap(fullZone),
  lostMalloc,
]

function mainPath({ vm, rows }: VmPaths, snapshot: Snapshot): Unusual[] {
  const live = bytesOf(vm.reachable)
  const holder = mainHolder(rows, live)
  if (!holder?.path.includes('.') || holder.all[1] < NOTABLE * snapshot.process.rss) return []
  const name = escaped(luaPath(holder.path))
  const below = sumBy(
    rows.filter(({ path }) => path.startsWith(holder.path)),
    (row) => row.objects[1],
  )
  const watch = snapshot.core ? '' : ` One snapshot shows no growth: resty-leak watch -p ${snapshot.pid} does.`
  return [
    {
      says: `${percent(holder.all[1] / live)} of the reachable heap of the ${escaped(vm.label)} VM hangs on ${name}${holder.owner ? ` (${escaped(holder.owner)})` : ''}: ${size(holder.all[1])} in ${plural(below, 'object')}.`,
      remedy: `Where it is a cache, give it a bound or an expiry; where it is a list, take out what is done with.${watch}`,
      place: { vm: vm.label, path: holder.path },
    },
  ]
}

/** Slots are not given back when entries go, only when a table that is full is made anew. */
function emptySlots({ label, nodes, gcTotal }: VmSnapshot): Unusual[] {
  return nodes.flatMap(({ sl }, index) => {
    if (!sl) return []
    const [arrayUsed, arrayAllocated, hashUsed, hashAllocated, bytes] = sl
    const [used, allocated] = [arrayUsed + hashUsed, arrayAllocated + hashAllocated]
    const empty = bytes * (1 - used / Math.max(1, allocated))
    if (used >= NEARLY_EMPTY * allocated || empty < SLOTS_SHARE * gcTotal) return []
    const path = pathAt(nodes, index)
    return [
      {
        says: `Tables at ${escaped(luaPath(path))} have ${count(allocated)} slots for ${plural(used, 'entry', 'entries')}: ${size(empty)} are empty.`,
        remedy:
          'A table keeps its slots when entries go, and table.clear keeps them too: put a new table in its place.',
        place: { vm: label, path },
      },
    ]
  })
}

function moreGarbage({ label, reachable, garbage, gc }: VmSnapshot): Unusual[] {
  const [live, dead] = [bytesOf(reachable), bytesOf(garbage)]
  if (dead <= live) return []
  const begins = gc ? `: it begins at ${gc.pause} % of what was live` : ''
  return [
    {
      says: `The ${escaped(label)} VM has more garbage (${size(dead)}) than live data (${size(live)}).`,
      remedy: `No leak, if the collector runs${begins}. Where a heap must stay small, collectgarbage("setpause", 100) lets it begin sooner; code that has stopped it must start it again.`,
    },
  ]
}

function free(
  { process: { rss, rows = [] } }: Snapshot,
  category: MemoryRow['category'],
  isFree: (row: MemoryRow) => boolean,
  { what, remedy }: { readonly what: string; readonly remedy: string },
): Unusual[] {
  const bytes = sumBy(
    rows.filter((row) => row.category === category && isFree(row)),
    (row) => row.bytes,
  )
  if (bytes <= rss * NOTABLE) return []
  return [{ says: `${size(bytes)}, ${percent(bytes / rss)}, are free ${what}.`, remedy }]
}

function fullZone({ name, used, capacity, failures, entries }: MemoryRow): Unusual[] {
  const isFull = capacity !== undefined && used !== undefined && used > FULL * capacity
  if (!isFull && !(entries && failures)) return []
  const room = isFull ? `is ${percent(used / capacity)} full` : 'has been full'
  const refused = failures ? `, and ${plural(failures, 'allocation')} found no room` : ''
  return [
    {
      says: `The shared zone ${escaped(name)} ${room}${refused}.`,
      remedy:
        'A full dictionary throws out what was used least, or refuses what is new: make it larger, or let entries expire.',
    },
  ]
}

function lostMalloc(snapshot: Snapshot): Unusual[] {
  const { rss } = snapshot.process
  return (mallocRows(snapshot) ?? [])
    .filter(
      ({ kind, bytes }) => (kind === 'lost' || kind === 'soon lost') && bytes > Math.min(LOST_BYTES, LOST_SHARE * rss),
    )
    .map(({ kind, bytes, blocks, objects }) => ({
      says:
        kind === 'lost'
          ? `${size(bytes)} of malloc in ${plural(blocks, 'block')} are lost: nothing points at them.`
          : `${size(bytes)} of malloc hang on unreachable objects without a finalizer${objects ? ` (${escaped(objects)})` : ''}: the next collection loses them.`,
      remedy:
        'C code or FFI took it and nobody frees it: free it on every way out, errors too, or give the object ffi.gc.',
    }))
}
