import { escaped } from '../../base/escape.js'
import { gain, plural, rate, sizeGain, sizeRate } from '../../base/number.js'
import { luaPath, prettyPath, splitElements } from '../../heap/path-words.js'
import { kindWords } from '../../heap/source/cdata.js'
import type { Growth } from '../../types/growth.js'
import type { LeakReport, Violation } from '../../types/report.js'
import { addedLines, isInBytes } from '../words/added.js'
import { paceOf } from '../words/pace.js'
import { definedWords, ownerPlace } from '../words/place.js'
import { countsRounds, ratesOf } from '../words/rounds.js'
import { trendWords } from '../words/sparkline.js'
import { capacityWords, METRIC_OF, rateOf, typeRows } from '../words/type-rows.js'
import { budgetWords, limitRow } from './budget-text.js'
import { byRequestLines } from './by-request.js'
import { table } from './columns.js'
import type { Palette } from './palette.js'
import { COVERED } from './process-text.js'
import { traceText } from './trace-text.js'
import { workersText } from './workers-text.js'

/** How a growth is told: its colours, the width of the place, and whether the steps of its path have a line each. */
export interface GrowthForm {
  readonly paint: Palette
  readonly width: number
  readonly isTraced: boolean
}

/** One growth: the path that holds it, a line per type, and how to reach it from Lua. `violations` are those of this growth. */
export function growthText(
  growth: Growth,
  violations: readonly Violation[],
  { requests, paths }: Pick<LeakReport, 'requests' | 'paths'>,
  { paint, width, isTraced }: GrowthForm,
): string[] {
  const [container] = splitElements(growth.path)
  const lines = [
    `  ${paint.strong(escaped(prettyPath(container)))}${heldBy(growth, container)}`,
    ...addedLines(growth, isInBytes(growth)),
    ...table(rows(growth, violations).map(joinTail), [2, 3], width - 4)
      .flat()
      .map((line) => `    ${line}`),
    `  In Lua: ${escaped(luaPath(container))}; in budgets: ${escaped(container)}`,
    ...requestLines(growth),
  ]
  const rates = ratesOf(growth.rounds, requests)
  if (rates.length > 1 && countsRounds(growth.per) && growth.class !== 'clock')
    lines.splice(
      lines.length - 1 - requestLines(growth).length,
      0,
      `  By round: ${trendWords(rates, isCounted(growth) ? rate : sizeRate, unitOf(growth))}`,
    )
  const remark = remarkOn(growth, violations)
  return [...lines, ...(remark ? [`  ${escaped(remark)}`] : []), ...(isTraced ? traceText(growth, paths) : [])]
}

function requestLines(growth: Growth): string[] {
  return byRequestLines(growth.byRequest, (gained) => `${gainRate(growth, gained)}/${unitOf(growth)}`)
}

/** In objects or entries where some of them gain, else in bytes. */
function gainRate({ objectsPerRequest, entriesPerRequest }: Growth, gained: number): string {
  return objectsPerRequest === 0 && entriesPerRequest === 0 ? sizeRate(gained) : rate(gained)
}

/** `        upvalue foo of demo.go, demo.lua:5` */
function heldBy(growth: Growth, container: string): string {
  const upvalue = /^(.*)\.\^(\w+)$/.exec(container)
  const holder = upvalue && `upvalue ${upvalue[2]} of ${luaPath(upvalue[1]!).replace(/^package\.loaded\./, '')}`
  const facts = [
    growth.process ?? null,
    growth.vm === 'http' ? null : `${growth.vm} VM`,
    holder,
    whereIs(growth),
  ].filter((fact) => fact !== null)
  return facts.length === 0 ? '' : `        ${escaped(facts.join(', '))}`
}

/** Where the module's own table holds it no function is on the way, so there is no line. */
function whereIs(growth: Growth): string | null {
  const place = ownerPlace(growth)
  return growth.source === null && place !== null ? `module of ${place}` : place
}

/** Rounds are told in objects or entries where there are any, else in bytes. */
function isCounted({ types, entriesPerRequest }: Growth): boolean {
  return Object.values(types).some(({ objects }) => objects > 0) || entriesPerRequest > 0
}

/** The first four cells are aligned; what follows differs too much from line to line. */
function joinTail(row: readonly string[]): string[] {
  return [...row.slice(0, 4), row.slice(4).join('   ')]
}

/** Name, place, objects, bytes, then rate or slots, budget, judgement. */
function rows(growth: Growth, violations: readonly Violation[]): string[][] {
  const [, place] = splitElements(growth.path)
  const left = new Set(violations)
  const budgetOf = (metric: string, bytes: number) => {
    const violation = [...left].find((one) => one.metric === metric)
    if (!violation) return []
    left.delete(violation)
    return budgetWords(violation, bytes)
  }
  const told = typeRows(growth)
  const typed = told.map(({ type, isContents, objects, bytes, ctypes = [], definedAt = [], ...of }) => [
    isContents ? 'contents' : METRIC_OF[type],
    place,
    isContents ? '' : gain(objects),
    sizeGain(bytes),
    isContents ? rateOf(growth, of.bytesPerRequest, sizeRate) : rateOf(growth, of.objectsPerRequest),
    ...(isContents ? [`of ${METRIC_OF[type]}`] : []),
    ...[kindWords(ctypes), definedWords(definedAt)].flatMap((words) => (words ? escaped(words) : [])),
    ...budgetOf(METRIC_OF[type], bytes),
  ])
  const capacity = capacityWords(growth)
  const capacityRows = capacity
    ? [['tables', '', '+0', sizeGain(growth.slots.bytes), capacity, ...budgetOf('tables', growth.slots.bytes)]]
    : []
  const only = told.length === 0 ? [contentsRow(growth, place)] : []
  return [...typed, ...only, ...capacityRows, ...[...left].map(limitRow)]
}

/** What grows where no object is gained: entries whose values are no objects, or the contents of one object. */
function contentsRow(growth: Growth, place: string): string[] {
  const { entriesPerRequest, bytesPerRequest, slots } = growth
  return entriesPerRequest > 0
    ? ['entries', place, gain(slots.used), '', rateOf(growth, entriesPerRequest)]
    : ['contents', place, '', rateOf(growth, bytesPerRequest, sizeRate)]
}

/** What a reader must know before believing or mending it. */
function remarkOn(growth: Growth, violations: readonly Violation[]): string | null {
  const { class: kind, why, coveredBy, workers } = growth
  const shared = workers.length > 1 && workersText(growth)
  const remarks = [
    kind === 'clock' && 'Grows with time, not with requests.',
    kind !== 'leak' && why && sentence(why),
    coveredBy && violations.length === 0 && COVERED[coveredBy],
    shared,
  ].filter((remark) => typeof remark === 'string')
  return remarks.length === 0 ? null : remarks.join(' ')
}

function sentence(words: string): string {
  return `${words[0]!.toUpperCase()}${words.slice(1)}${words.endsWith('.') ? '' : '.'}`
}

/** What a growth's rates count by. */
function unitOf({ per }: Growth): string {
  return per ?? 'request'
}

/**
 * `0.50 objects/request (42 B/request)`; entries or bytes alone where no object is gained. What grows with time has its rate by the second, in
 * another line.
 */
export function rateWords(growths: readonly Growth[]): string {
  const clocks = growths.filter(({ class: found }) => found === 'clock')
  const others = growths.filter(({ class: found }) => found !== 'clock')
  return [others, clocks].flatMap((some) => (some.length > 0 ? ratesOfSome(some) : [])).join(', ') || 'with time'
}

/** Of growths that all count by the same. */
function ratesOfSome(growths: readonly Growth[]): string[] {
  const paces = growths.map(paceOf)
  const unit = paces.find((pace) => pace !== undefined)?.unit
  if (unit === undefined) return []
  const sum = (pick: (growth: Growth) => number) =>
    growths.reduce((total, growth, index) => total + pick(growth) * (paces[index]?.factor ?? 0), 0)
  const objects = sum((growth) => growth.objectsPerRequest)
  const entries = sum((growth) => growth.entriesPerRequest)
  const bytes = `${sizeRate(sum((growth) => growth.bytesPerRequest))}/${unit}`
  if (objects > 0) return [`${rate(objects)} ${rate(objects) === '1.00' ? 'object' : 'objects'}/${unit} (${bytes})`]
  if (entries > 0) return [`${rate(entries)} ${rate(entries) === '1.00' ? 'entry' : 'entries'}/${unit} (${bytes})`]
  return [bytes]
}

/** `in 7 of 7 rounds`, by the growth that missed most of them. */
export function roundsWords(growths: readonly Growth[]): string {
  const rounds = Math.max(...growths.map((growth) => growth.rounds.length))
  const grew = Math.min(...growths.map((growth) => growth.rounds.filter((gained) => gained > 0).length))
  return `in ${grew} of ${plural(rounds, 'round')}`
}
