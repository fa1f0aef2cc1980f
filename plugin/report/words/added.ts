import { escaped } from '../../base/escape.js'
import { plural, rate, sizeRate } from '../../base/number.js'
import { placeWords } from '../../heap/owner/place-words.js'
import { watchedNoun } from '../../load/watched-noun.js'
import type { AddedAt, Located } from '../../types/added.js'
import type { Growth } from '../../types/growth.js'
import type { ProcessGrowth } from '../../types/report.js'
import { listWords } from './list.js'

/** What the rates of a place count. */
export interface Unit extends Pick<Growth, 'per'> {
  readonly isInBytes: boolean
}

/** `added at demo.lua:5 in go   1.00/request, 40 of 40 requests   called from nginx.conf:17`. Not escaped. */
export function addedWords(added: AddedAt, unit: Unit): string {
  return addedFacts(added, unit).join('   ')
}

/** The same, each fact by itself: where, how much, and called from where if that is known. Not escaped. */
export function addedFacts(added: AddedAt, { per, isInBytes }: Unit): string[] {
  const { function: name, requests, watched, watchedRequests, calledFrom } = added
  return [
    `added at ${placeWords(added)}${name === null ? '' : ` in ${name}`}`,
    `${speed(added, per ?? 'request', isInBytes)}, ${requests} of ${plural(watched, watchedNoun(per))}${ofPlan(watchedRequests)}`,
    ...(calledFrom === undefined ? [] : [`called from ${calledFrom}`]),
  ]
}

/** ` (POST /orders)`, ` (3 of the plan's requests)`. */
function ofPlan(names: readonly string[] | undefined): string {
  if (names === undefined) return ''
  return names.length === 1 ? ` (${names[0]})` : ` (${names.length} of the plan's requests)`
}

function speed({ perRequest, perSecond }: AddedAt, unit: string, isInBytes: boolean): string {
  const [amount, per] = perSecond === undefined ? [perRequest, unit] : [perSecond, 'second']
  return `${isInBytes ? sizeRate(amount) : rate(amount)}/${per}`
}

/** The line with those around it, numbered: `> 5 |     foo[#foo + 1] = "hello "`. Not escaped; empty where the file could not be read. */
export function frameLines({ line, excerpt }: AddedAt): string[] {
  if (!excerpt) return []
  const { from, lines } = excerpt
  const width = String(from + lines.length - 1).length
  return lines.map((text, index) => {
    const number = from + index
    const mark = number === line ? '>' : ' '
    return `${mark} ${String(number).padStart(width)} | ${text.replaceAll('\t', '    ')}`.trimEnd()
  })
}

/** Places whose source lines are shown; of the others the place says enough. */
const FRAMES_SHOWN = 3

/** Which lines add to a growth, with the source itself, as a terminal shows it below its path. */
export function addedLines(growth: Located & Pick<Growth, 'per'>, isInBytes: boolean): string[] {
  return [
    ...(growth.addedAt ?? []).flatMap((added, index) => [
      `    ${escaped(addedWords(added, { per: growth.per, isInBytes }))}`,
      ...(index < FRAMES_SHOWN ? frameLines(added).map((line) => `      ${escaped(line)}`) : []),
    ]),
    ...addedRemarks(growth).map((sentence) => `    ${escaped(sentence)}`),
  ]
}

/** What is to be said below the lines that were seen to add, a sentence each: why not all of it is told, and which lines may add. Not escaped. */
export function addedRemarks(growth: Located): string[] {
  return [whyWords(growth), mayBeWords(growth)].filter((words) => words !== undefined)
}

/** `It may be added at demo.lua:5 in go or demo.lua:9.`: which code stores there, where nobody saw it run. Not escaped. */
export function mayBeWords({ mayBeAddedAt = [] }: Located): string | undefined {
  if (mayBeAddedAt.length === 0) return undefined
  const places = mayBeAddedAt.map(
    (place) => `${placeWords(place)}${place.function === null ? '' : ` in ${place.function}`}`,
  )
  return `It may be added at ${listWords(places, 'or')}: so the bytecode says, and nobody saw it run.`
}

/** Whether a growth off the Lua heap is given in bytes: dictionaries are given in entries. */
export function isProcessInBytes({ category }: ProcessGrowth): boolean {
  return category !== 'shm'
}

/** Whether the rates of a growth are bytes: neither objects nor entries came. */
export function isInBytes({ objectsPerRequest, entriesPerRequest }: Growth): boolean {
  return objectsPerRequest === 0 && entriesPerRequest === 0
}

/** The sentence that says why no line, or not every line, is named; undefined where there is nothing to say. */
function whyWords({ addedAt, addedAtWhy }: Located): string | undefined {
  if (addedAtWhy === undefined) return undefined
  return addedAt?.length ? `Not all of it was seen: ${addedAtWhy}.` : `Which line adds it is not told: ${addedAtWhy}.`
}
