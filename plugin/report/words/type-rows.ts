import { count, rate, sizeRate } from '../../base/number.js'
import type { Growth, TypeGrowth } from '../../types/growth.js'
import type { TypeName } from '../../types/snapshot.js'
import { paceOf } from './pace.js'

/** One type of a growth, as the cells of its row. */
export interface TypeRow extends TypeGrowth {
  readonly type: TypeName
  /** No object came: what is in those that are there grew, such as a buffer. */
  readonly isContents: boolean
}

/** The types of a growth, those with the most bytes first. */
export function typeRows({ types }: Pick<Growth, 'types'>): TypeRow[] {
  return (Object.entries(types) as [TypeName, TypeGrowth][])
    .sort(([, one], [, other]) => other.bytes - one.bytes)
    .map(([type, of]) => ({ ...of, type, isContents: of.objects === 0 && of.objectsPerRequest === 0 }))
}

/** `1.00/request`, `20.00/s`; nothing where it grows with time and nobody measured how fast. */
export function rateOf(growth: Growth, perRequest: number, figure = rate): string {
  const pace = paceOf(growth)
  return pace ? `${figure(perRequest * pace.factor)}/${pace.unit}` : ''
}

/** `1.00 (42 B)` below a head that says what it is by; what grows with time says so itself: `20.00/s (840 B/s)`. */
export function ratePair(growth: Growth, { objectsPerRequest, bytesPerRequest, isContents }: TypeRow): string {
  const pace = paceOf(growth)
  if (!pace) return ''
  const by = pace.unit === 's' ? '/s' : ''
  const bytes = `${sizeRate(bytesPerRequest * pace.factor)}${by}`
  return isContents ? bytes : `${rate(objectsPerRequest * pace.factor)}${by} (${bytes})`
}

/** The types as budgets name them. */
export const METRIC_OF: Readonly<Record<TypeName, string>> = {
  string: 'strings',
  table: 'tables',
  function: 'functions',
  upvalue: 'upvalues',
  thread: 'threads',
  proto: 'protos',
  cdata: 'cdata',
  userdata: 'userdata',
  trace: 'traces',
}

/** `array part 8,192 -> 32,768 slots, 20,157 more in use`: what a table that gains entries has grown by itself. Null where it has not. */
export function capacityWords({ capacity, slots }: Pick<Growth, 'capacity' | 'slots'>): string | null {
  if (!capacity || (slots.used === 0 && slots.bytes === 0)) return null
  const { part, before, after, used } = capacity
  return `${part} part ${count(before)} -> ${count(after)} slots, ${count(used)} more in use`
}
