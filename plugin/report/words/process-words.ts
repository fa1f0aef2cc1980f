import { gain, rate, sizeGain, sizeRate } from '../../base/number.js'
import { luaPath, splitElements } from '../../heap/path-words.js'
import type { ProcessGrowth } from '../../types/report.js'
import { processPace } from './pace.js'
import { ownerPlace } from './place.js'

/**
 * What grew off the Lua heap and who holds it, as people see it: `malloc, lost`, `malloc held by
 * package.loaded.certs, upvalue all`, `shm cache`. Not escaped.
 */
export function holderName({ category, zone, holder, vm }: ProcessGrowth): string {
  if (zone !== undefined) return `${category} ${zone}`
  if (holder === undefined) return category
  if (holder === 'lost') return `${category}, lost`
  if (vm === undefined) return `${category} held by ${holder}`
  return `${category} held by ${holderPath(holder)}`
}

/** A Lua path as a Lua programmer would say it, without the step that stands for its elements. */
export function holderPath(holder: string): string {
  return luaPath(splitElements(holder)[0])
}

/** Where the code is that owns it, and in which VM and process it is: `certs.lua:12, stream VM`. An empty string where nothing is known. */
export function holderPlace(growth: ProcessGrowth): string {
  const { source, vm, process } = growth
  const place = source === undefined ? null : ownerPlace({ ...growth, source })
  const module = source === null && place !== null ? `module of ${place}` : place
  return [module, vm === undefined || vm === 'http' ? null : `${vm} VM`, process ?? null]
    .filter((fact) => fact !== null)
    .join(', ')
}

/** `struct parcel *, no finalizer`: the objects behind it. Undefined where none was seen. */
export function objectWords({ ctype, finalizer }: Pick<ProcessGrowth, 'ctype' | 'finalizer'>): string | undefined {
  if (ctype === undefined) return undefined
  return `${ctype}, ${finalizer == null ? 'no finalizer' : `freed by ${finalizer}`}`
}

/** One growth off the Lua heap as the cells of a table: what is counted, how many came, their bytes, both rates, the objects behind it. */
export interface ProcessCells {
  readonly counted: 'blocks' | 'entries' | 'bytes'
  readonly gained: string
  readonly bytes: string
  /** `1.00/request (912 B/request)`; empty where it grows with time and nobody measured how fast. */
  readonly rate: string
  readonly object: string
}

export function processCells(growth: ProcessGrowth): ProcessCells {
  const { blocks, entries, bytes } = growth
  const [counted, number] = blocks !== undefined ? (['blocks', blocks] as const) : (['entries', entries ?? 0] as const)
  return {
    ...(number === 0 ? { counted: 'bytes', gained: '' } : { counted, gained: gain(number) }),
    bytes: sizeGain(bytes),
    rate: processRate(growth),
    object: objectWords(growth) ?? '',
  }
}

/** By what the growth counts by: `912 B/request`, with blocks or entries before it where there are any. */
export function processRate(growth: ProcessGrowth): string {
  const pace = processPace(growth)
  if (!pace) return ''
  const { unit, factor } = pace
  const bytes = `${sizeRate(growth.bytesPerRequest * factor)}/${unit}`
  const each = (growth.objectsPerRequest || growth.entriesPerRequest || 0) * factor
  return each === 0 ? bytes : `${rate(each)}/${unit} (${bytes})`
}
