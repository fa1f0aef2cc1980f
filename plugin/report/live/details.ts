import { escaped } from '../../base/escape.js'
import { count, percent, plural, size } from '../../base/number.js'
import { sumBy } from '../../base/sum.js'
import { luaPath } from '../../heap/path-words.js'
import { kindWords } from '../../heap/source/cdata.js'
import { detailsOf, type VmDetails } from '../../process/details.js'
import type { ArenaChunks, FreeChunks, SizeClass, Snapshot } from '../../types/snapshot.js'
import { NOTABLE } from '../rules/unusual.js'

/** One of the further questions about a worker's memory. Texts are escaped. */
export interface Detail {
  readonly about: string
  /** The answer in one line. */
  readonly says: string
  /** The figures behind it, where there are any. */
  readonly table?: DetailTable
  /** Whether it is so much of the memory that the figures are worth a look. */
  readonly matters: boolean
}

export interface DetailTable {
  readonly head: readonly string[]
  /** Columns of numbers. */
  readonly numbers: readonly number[]
  readonly rows: readonly (readonly string[])[]
}

const NOT_FOLLOWED = 'what it has free is not known: it is another allocator, or its chunks could not be followed'

/** C types that are listed. */
const LISTED = 16

/** What is free in the allocators, and what strings, cdata, tables and code are. */
export function details(snapshot: Snapshot): Detail[] {
  const { rss } = snapshot.process
  const { vms, arenas } = detailsOf(snapshot)
  return [
    ...vms.flatMap((vm) => allocatorDetail(vm, rss)),
    ...arenas.map((arena) => arenaDetail(arena, rss)),
    ...vms.flatMap((vm) => [...stringDetail(vm, rss), ...cdataDetail(vm), tableDetail(vm), codeDetail(vm)]),
  ]
}

function allocatorDetail({ vm, allocator }: VmDetails, rss: number): Detail[] {
  if (allocator === undefined) return []
  const about = `LuaJIT's allocator, ${escaped(vm)} VM`
  if (allocator === null) return [{ about, says: NOT_FOLLOWED, matters: false }]
  return [freeDetail(about, allocator.segments[1], allocator, rss)]
}

function arenaDetail(arena: ArenaChunks, rss: number): Detail {
  return freeDetail(`malloc, ${arena.name}`, arena.used + arena.free[1], arena, rss)
}

function freeDetail(about: string, all: number, { free, largestFree, top, sizes }: FreeChunks, rss: number): Detail {
  const [chunks, bytes] = free
  const atEnd = top > 0 && top === largestFree ? ', at the end' : ''
  return {
    about,
    says: `${size(bytes)} of ${size(all)}, ${percent(bytes / Math.max(1, all))}, free in ${plural(chunks, 'chunk')}, the largest ${size(largestFree)}${atEnd}`,
    table: sizeTable(sizes, 'free chunks'),
    matters: bytes > NOTABLE * rss,
  }
}

function sizeTable(sizes: readonly SizeClass[], what: string): DetailTable {
  return {
    head: ['up to', what, 'bytes'],
    numbers: [0, 1, 2],
    rows: sizes.map(([most, objects, bytes]) => [size(most), count(objects), size(bytes)]),
  }
}

function stringDetail({ vm, strings }: VmDetails, rss: number): Detail[] {
  if (!strings) return []
  const { sizes, largest } = strings
  const [objects, bytes] = [sum(sizes, 1), sum(sizes, 2)]
  const [first] = largest
  const many = first && first.strings > 1 ? `${count(first.strings)} of them, ` : ''
  const at = first ? `; the largest at ${escaped(luaPath(first.path))} (${many}${size(first.bytes)})` : ''
  const { head, numbers, rows } = sizeTable(sizes, 'strings')
  return [
    {
      about: `strings, ${escaped(vm)} VM`,
      says: `${count(objects)}, ${size(bytes)}; half of the bytes in those of up to ${size(half(sizes))}${at}`,
      table: {
        head: [...head, 'of the largest'],
        numbers,
        rows: [
          ...rows.map((row) => [...row, '']),
          ...largest.map((one) => ['', count(one.strings), size(one.bytes), escaped(luaPath(one.path))]),
        ],
      },
      matters: bytes > NOTABLE * rss,
    },
  ]
}

/** The size that half of the bytes are in objects of up to. */
function half(sizes: readonly SizeClass[]): number {
  const all = sum(sizes, 2)
  const found = sizes.find((_, index) => sum(sizes.slice(0, index + 1), 2) >= all / 2)
  return found?.[0] ?? 0
}

function sum(sizes: readonly SizeClass[], column: 1 | 2): number {
  return sumBy(sizes, (one) => one[column])
}

function cdataDetail({ vm, cdata: { objects, finalized, kinds } }: VmDetails): Detail[] {
  if (objects === 0) return []
  const most = kindWords(kinds)
  return [
    {
      about: `cdata, ${escaped(vm)} VM`,
      says: `${count(objects)}, ${count(finalized)} with a finalizer; most are ${escaped(most ?? '')}`,
      table: {
        head: ['objects', 'C type', 'freed by'],
        numbers: [0],
        rows: kinds
          .slice(0, LISTED)
          .map(({ objects, name, finalizer }) => [count(objects), escaped(name), escaped(finalizer ?? '')]),
      },
      matters: false,
    },
  ]
}

function tableDetail({ vm, tables: { objects, slots, used, emptyBytes } }: VmDetails): Detail {
  return {
    about: `tables, ${escaped(vm)} VM`,
    says: `${count(objects)} with ${count(slots)} slots, ${count(slots - used)} of them empty: ${size(emptyBytes)}`,
    matters: false,
  }
}

function codeDetail({ vm, code: { traces, traceBytes, mcodeBytes } }: VmDetails): Detail {
  return {
    about: `compiled code, ${escaped(vm)} VM`,
    says: `${plural(traces, 'trace')} (${size(traceBytes)}), ${size(mcodeBytes)} of machine code`,
    matters: false,
  }
}
