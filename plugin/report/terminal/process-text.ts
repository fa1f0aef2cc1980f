import { escaped } from '../../base/escape.js'
import { sizeRate } from '../../base/number.js'
import type { LeakReport, ProcessGrowth } from '../../types/report.js'
import { addedLines, isProcessInBytes } from '../words/added.js'
import { holderName, holderPlace, processCells } from '../words/process-words.js'
import { countsRounds, ratesOf } from '../words/rounds.js'
import { trendWords } from '../words/sparkline.js'
import { byRequestLines } from './by-request.js'
import { table } from './columns.js'
import type { Palette } from './palette.js'
import { workersText } from './workers-text.js'

/**
 * What grew off the Lua heap, for a terminal: who holds it, then blocks and bytes with their rates, then round by
 * round. No lines where nothing grew.
 */
export function processText(
  { process, requests, growths: onHeap }: LeakReport,
  paint: Palette,
  width: number,
): string[] {
  const { growths } = process
  if (growths.length === 0) return []
  const rows = table(growths.map(row), [2, 3], width - 6)
  return [
    ...(onHeap.length > 0 ? [''] : []),
    '  Off the Lua heap:',
    ...growths.flatMap((growth, index) => [
      `    ${paint.strong(escaped(holderName(growth)))}${placeLine(growth)}`,
      ...rows[index]!.map((line) => `      ${line}`),
      ...addedLines(growth, isProcessInBytes(growth)).map((line) => `  ${line}`),
      ...byRound(growth, requests),
      ...byRequestLines(growth.byRequest, (gained) => `${sizeRate(gained)}/${growth.per ?? 'request'}`).map(indented),
      ...remarks(growth),
    ]),
  ]
}

function placeLine(growth: ProcessGrowth): string {
  const place = holderPlace(growth)
  return place === '' ? '' : `        ${escaped(place)}`
}

function row(growth: ProcessGrowth): string[] {
  const { counted, gained, bytes, rate, object } = processCells(growth)
  return [counted, gained, bytes, rate, escaped(object)]
}

function byRound({ rounds = [], per, class: found }: ProcessGrowth, requests: LeakReport['requests']): string[] {
  const rates = ratesOf(rounds, requests)
  if (rates.length < 2 || !countsRounds(per) || found === 'clock') return []
  return [`      By round: ${trendWords(rates, sizeRate, per)}`]
}

function indented(line: string): string {
  return `    ${line}`
}

function remarks({ class: found, workers = [], coveredBy }: ProcessGrowth): string[] {
  const said = [
    found === 'clock' && 'Grows with time, not with requests.',
    coveredBy && COVERED[coveredBy],
    // rounds and shares are in bytes
    workers.length > 1 && workersText({ workers, objectsPerRequest: 0, entriesPerRequest: 0 }),
  ].filter((remark) => typeof remark === 'string')
  return said.length === 0 ? [] : [`      ${escaped(said.join(' '))}`]
}

/** What decided a growth that was accepted. */
export const COVERED = {
  budget: 'Within its budget.',
  known: 'A known leak.',
  baseline: 'In the baseline.',
} as const
