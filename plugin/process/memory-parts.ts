import { plural } from '../base/number.js'
import { sumBy } from '../base/sum.js'
import { pathAt } from '../heap/tree/snapshot-tree.js'
import type { MemoryPart } from '../types/memory-part.js'
import type { HeapNode, MemoryRow, Snapshot, TypeName } from '../types/snapshot.js'
import { CATEGORY_WORDS } from './category-words.js'
import { type MallocRow, mallocRows } from './malloc-rows.js'

/** Parts that are named one by one: so many at most, each with at least this share; what is smaller is one part, so that the parts add up. */
const NAMED = 12
const LEAST_SHARE = 0.01

/**
 * A process's resident set, level by level: what it is for, for a Lua heap the allocator and the collector's objects, their types, and the
 * paths that hold most of a type; for malloc who holds it. A saved image, which does not say where memory is, has no parts.
 */
export function memoryParts(snapshot: Snapshot): MemoryPart {
  const { rss, rows = [] } = snapshot.process
  const lua = snapshot.vms.map(({ label }) => heapPart(label, rows, snapshot))
  const categories = new Set(rows.map(({ category }) => category).filter((category) => category !== 'lua'))
  const others = [...categories].map((category) => {
    const own = rows.filter((row) => row.category === category)
    return part(CATEGORY_WORDS[category], category === 'malloc' ? mallocParts(own, snapshot) : own.map(rowPart))
  })
  // with several VMs the allocators' own share is told of all together
  const shared = rows.filter(({ category, vm }) => category === 'lua' && !vm)
  return {
    name: `process ${snapshot.pid}`,
    bytes: rss,
    parts: ordered([...lua, part('allocators of all VMs', shared.map(rowPart)), ...others]),
  }
}

function part(name: string, parts: readonly MemoryPart[]): MemoryPart {
  return { name, bytes: sum(parts), parts: ordered(parts) }
}

function ordered(parts: readonly MemoryPart[]): MemoryPart[] {
  return parts.filter(({ bytes }) => bytes !== 0).sort((one, other) => other.bytes - one.bytes)
}

/** A VM's memory: its heap, which is gc.total (reachable objects by type, garbage, what is no object), and what its allocator has beside it. */
function heapPart(vm: string, all: readonly MemoryRow[], snapshot: Snapshot): MemoryPart {
  const rows = all.filter((row) => row.category === 'lua' && row.vm === vm)
  const typed = rows.flatMap((row) => {
    const type = TYPE_OF_ROW.exec(row.name)?.[1] as TypeName | undefined
    return type === undefined ? [] : [{ row, type }]
  })
  const objects = part(
    'objects that are reachable',
    typed.map(({ row, type }) => typePart(row, type, vm, snapshot)),
  )
  const others = rows.filter((row) => typed.every((one) => one.row !== row))
  // what is counted on the heap is in use by it
  const [onHeap, beside] = [true, false].map((is) =>
    others.filter(({ used }) => (used !== undefined) === is).map(rowPart),
  )
  return { ...part(`LuaJIT's memory, ${vm} VM`, [part('Lua heap', [objects, ...onHeap!]), ...beside!]), vm }
}

/** `reachable strings`, as the walker names the rows of a VM. */
const TYPE_OF_ROW = /^reachable (string|table|function|upvalue|thread|proto|cdata|userdata|trace)s?$/

/** Objects of one type, by the paths that hold most of their bytes. */
function typePart({ name, bytes, how }: MemoryRow, type: TypeName, label: string, snapshot: Snapshot): MemoryPart {
  const nodes = snapshot.vms.find((vm) => vm.label === label)?.nodes ?? []
  const held = nodes
    .map((node, index) => ({ index, bytes: bytesOf(node, type) }))
    .filter((one) => one.bytes > 0)
    .sort((one, other) => other.bytes - one.bytes)
  const named = held
    .filter((one) => one.bytes >= LEAST_SHARE * bytes)
    .slice(0, NAMED)
    .map(({ index, bytes }): MemoryPart => {
      const path = pathAt(nodes, index)
      return { name: path, bytes, place: { vm: label, path }, parts: [] }
    })
  const left = plural(held.length - named.length, 'smaller path')
  const rest = { name: `in ${left}`, bytes: bytes - sum(named), parts: [] }
  return { name: name.replace('reachable ', ''), bytes, how, parts: ordered([...named, rest]) }
}

function bytesOf({ o }: HeapNode, type: TypeName): number {
  return o?.[type]?.[1] ?? 0
}

function rowPart({ name, bytes, how }: MemoryRow): MemoryPart {
  return { name, bytes, how, parts: [] }
}

/** What malloc has in use by who holds it, and what else it has. Where holders are not told, or some of it is not resident, by arena. */
function mallocParts(rows: readonly MemoryRow[], snapshot: Snapshot): MemoryPart[] {
  const inUse = rows.filter(({ name }) => name.endsWith(', in use'))
  const bytes = sum(inUse)
  const holders = mallocRows(snapshot) ?? []
  if (holders.length === 0 || sum(holders) !== bytes) return rows.map(rowPart)
  const named = holders
    .filter((one) => one.bytes >= LEAST_SHARE * bytes)
    .slice(0, NAMED)
    .map(holderPart)
  const left = { name: plural(holders.length - named.length, 'smaller holder'), bytes: bytes - sum(named), parts: [] }
  const free = rows.filter((row) => !inUse.includes(row)).map(rowPart)
  return [{ name: 'in use', bytes, parts: ordered([...named, left]) }, ...free]
}

function holderPart({ kind, holder, vm, bytes }: MallocRow): MemoryPart {
  const isPath = kind === 'path' && vm !== undefined
  return {
    name: KINDS[kind] ?? holder,
    bytes,
    ...(isPath && { place: { vm, path: holder } }),
    parts: [],
  }
}

const KINDS: Readonly<Partial<Record<MallocRow['kind'], string>>> = {
  lost: 'lost: nothing points at it',
  'soon lost': 'garbage without a finalizer: the next collection loses it',
  garbage: 'garbage with finalizers',
}

function sum(all: readonly { readonly bytes: number }[]): number {
  return sumBy(all, ({ bytes }) => bytes)
}
