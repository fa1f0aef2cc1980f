import { count } from '../../base/number.js'
import type { LeakReport, ProcessGrowth } from '../../types/report.js'
import { COVERED } from '../terminal/process-text.js'
import { isProcessInBytes } from '../words/added.js'
import { holderName, holderPlace, processCells } from '../words/process-words.js'
import { countsRounds, ratesOf } from '../words/rounds.js'
import { trend } from '../words/sparkline.js'
import { addedParts } from './added.js'
import { table, text } from './markup.js'

/** More than these are counted, not shown. */
const SHOWN = 50

/** Memory off the Lua heap, two rows each: who holds it, and blocks or entries, bytes and rate. Without `requests` no rounds are drawn. */
export function processTable(growths: readonly ProcessGrowth[], requests?: LeakReport['requests']): string {
  if (growths.length === 0) return ''
  const rows = growths.slice(0, SHOWN).flatMap((growth) => [[place(growth, requests)], cells(growth)])
  const more = growths.length > SHOWN ? `<p class="faint">and ${count(growths.length - SHOWN)} more</p>` : ''
  return `${table(['off the Lua heap', 'gained', 'bytes', 'rate', 'what it is'], rows, [1, 2, 3])}${more}`
}

function place(growth: ProcessGrowth, requests?: LeakReport['requests']): string {
  const { holder, vm, coveredBy, per, rounds = [] } = growth
  const facts = [
    holderPlace(growth),
    vm === undefined ? '' : (holder ?? ''),
    coveredBy ? COVERED[coveredBy] : '',
  ].filter((fact) => fact !== '')
  const line =
    requests && countsRounds(per) && rounds.length > 1
      ? `\n<span class="where" title="bytes gained per ${per ?? 'request'}, round by round">by round: ${trend(ratesOf(rounds, requests))}</span>`
      : ''
  return `<code class="grown">${text(holderName(growth))}</code> <span class="where">${text(facts.join(', '))}</span>${addedParts(growth, isProcessInBytes(growth))}${line}`
}

function cells(growth: ProcessGrowth): string[] {
  const { counted, gained, bytes, rate, object } = processCells(growth)
  const { class: kind, why = '' } = growth
  return [
    `${counted}${object ? ` <code>${text(object)}</code>` : ''}`,
    gained,
    bytes,
    rate,
    text(why ? `${kind}: ${why}` : kind),
  ]
}
