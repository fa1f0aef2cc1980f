import { count, plural, rate, sizeRate } from '../../base/number.js'
import { sumOf } from '../../base/sum.js'
import { placeWords } from '../../heap/owner/place-words.js'
import { luaPath, splitElements } from '../../heap/path-words.js'
import type { AddedAt } from '../../types/added.js'
import type { Growth, TypeGrowth } from '../../types/growth.js'
import type { TypeName } from '../../types/snapshot.js'
import { isInBytes } from './added.js'
import { listWords } from './list.js'
import { paceOf } from './pace.js'
import { definedWords, ownerPlace } from './place.js'
import { shapeOf } from './shape.js'

/** One growth in plain words, a sentence each: what grows and where, how fast, what it looks like, what usually mends it. Not escaped. */
export function conclusion(growth: Growth): string[] {
  const shape = shapeOf(growth)
  return [
    `${whatGrows(growth)} in ${holder(growth)}: ${speed(growth)}.`,
    ...whoAdds(growth),
    ...(growth.class === 'clock' ? ['It grows with time, not with requests: look at timers.'] : []),
    ...(shape ? [`This looks like ${shape.name}: ${shape.evidence}.`, shape.remedy] : []),
  ]
}

/** `demo.lua:5 adds one string per request, and nothing takes it out.` */
function whoAdds(growth: Growth): string[] {
  const { addedAt = [], addedAtWhy, mayBeAddedAt = [] } = growth
  const [first, ...others] = addedAt
  if (!first) {
    return mayBeAddedAt.length > 0 ? [`${listWords(mayBeAddedAt.map(placeWords), 'or')} may add to it.`] : []
  }
  if (growth.class === 'clock') return [`${placeWords(first)} adds to it, and nothing takes it out.`]
  const places = addedAt.map(placeWords)
  if (others.length > 0) return [`${listWords(places)} add to it, and nothing takes it out.`]
  if (addedAtWhy !== undefined) return [`${places[0]} adds some of it.`]
  return [`${places[0]} adds ${whatIsAdded(growth, first)}, and nothing takes it out.`]
}

/** `one string per request`, `one table in 10 requests`. */
function whatIsAdded(growth: Growth, { perRequest }: AddedAt): string {
  const unit = growth.per ?? 'request'
  if (isInBytes(growth)) return `${sizeRate(perRequest)} per ${unit}`
  const came = Object.keys(growth.elements ?? {}).filter((type) => type !== 'metatable' && type !== 'upvalue')
  const [noun, nouns] = came.length === 1 ? ONE[came[0] as TypeName] : (['entry', 'entries'] as const)
  if (Math.abs(perRequest - 1) < 0.05) return `one ${noun} per ${unit}`
  if (perRequest < 0.95) return `one ${noun} in ${count(1 / perRequest)} ${unit}s`
  return `${rate(perRequest).replace(/\.00$/, '')} ${nouns} per ${unit}`
}

const ONE: Readonly<Record<TypeName, readonly [one: string, many: string]>> = {
  string: ['string', 'strings'],
  table: ['table', 'tables'],
  function: ['function', 'functions'],
  upvalue: ['upvalue', 'upvalues'],
  thread: ['coroutine', 'coroutines'],
  proto: ['function prototype', 'function prototypes'],
  cdata: ['cdata', 'cdata'],
  userdata: ['userdata', 'userdata'],
  trace: ['trace', 'traces'],
}

function whatGrows({ types, entriesPerRequest }: Growth): string {
  const names = (Object.entries(types) as [TypeName, TypeGrowth][])
    .filter(([, { objectsPerRequest }]) => objectsPerRequest !== 0)
    .sort(([, one], [, other]) => other.bytes - one.bytes)
    .map(([type, { definedAt = [] }]) => {
      const from = definedWords(definedAt)
      return from ? `${NAMES[type]} (${from})` : NAMES[type]
    })
  if (names.length === 0) return entriesPerRequest > 0 ? 'Entries pile up' : 'The contents grow'
  const list = listWords(names)
  return `${list[0]!.toUpperCase()}${list.slice(1)} pile up`
}

const NAMES: Readonly<Record<TypeName, string>> = {
  string: 'strings',
  table: 'tables',
  function: 'functions',
  upvalue: 'upvalues',
  thread: 'coroutines',
  proto: 'function prototypes',
  cdata: 'cdata',
  userdata: 'userdata',
  trace: 'traces',
}

/** `package.loaded.demo.go, upvalue foo (demo.lua:5)` */
function holder(growth: Growth): string {
  const { path, vm } = growth
  const [container] = splitElements(path)
  const where = [ownerPlace(growth), vm === 'http' ? null : `${vm} VM`].filter((fact) => fact !== null)
  return `${luaPath(container)}${where.length > 0 ? ` (${where.join(', ')})` : ''}`
}

function speed(growth: Growth): string {
  const { objectsPerRequest, entriesPerRequest, bytesPerRequest, rounds } = growth
  const pace = paceOf(growth)
  if (!pace) {
    const noun = objectsPerRequest > 0 ? plural(sumOf(rounds), 'object') : plural(sumOf(rounds), 'entry', 'entries')
    return `${noun} came over the whole run`
  }
  const { unit, factor } = pace
  const when = unit === 's' ? 'each second, without any request' : `with each ${unit}`
  const bytes = `${sizeRate(bytesPerRequest * factor)} ${when}`
  const objects = rate(objectsPerRequest * factor)
  if (objectsPerRequest > 0) return `${objects} ${objects === '1.00' ? 'object' : 'objects'} and ${bytes}`
  const entries = rate(entriesPerRequest * factor)
  return entriesPerRequest > 0 ? `${entries} ${entries === '1.00' ? 'entry' : 'entries'} ${when}` : bytes
}
