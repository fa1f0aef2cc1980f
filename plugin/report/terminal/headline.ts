import { escaped, escapedLines } from '../../base/escape.js'
import { plural, sizeRate } from '../../base/number.js'
import { sumOf } from '../../base/sum.js'
import type { LeakReport, ProcessGrowth } from '../../types/report.js'
import { loadUnit } from '../words/load-words.js'
import { processPace } from '../words/pace.js'
import { holderPath } from '../words/process-words.js'
import { rateWords, roundsWords } from './growth-text.js'
import type { Palette } from './palette.js'

/** The verdict in one sentence: what was found, how fast it grows, and on how much evidence. */
export function headline(report: LeakReport, paint: Palette): string {
  const sentence = WORDS[report.verdict](report)
  if (report.passed) return paint.good(sentence)
  return report.verdict === 'inconclusive' ? paint.unsure(sentence) : paint.bad(sentence)
}

const WORDS: Readonly<Record<LeakReport['verdict'], (report: LeakReport) => string>> = {
  leak: leakWords,
  ok: okWords,
  inconclusive: (report) => `heap undecided: ${firstReason(report)}`,
  invalid: (report) => `not measured: ${firstReason(report)}`,
}

function leakWords(report: LeakReport): string {
  const { growths, passed, process } = report
  const rounds = Math.max(0, ...[...growths, ...process.growths].map((growth) => growth.rounds?.length ?? 0))
  const evidence = requestsWords(report, rounds)
  const offHeap = process.growths.map(processWords).join(', ')
  const accepted = passed ? ', all of it accepted' : ''
  if (growths.length === 0) return `memory off the Lua heap grew${accepted}: ${offHeap}, ${evidence}`
  const also = offHeap === '' ? '' : `; off the Lua heap ${offHeap}`
  return `heap grew on ${plural(growths.length, 'path')}${accepted}: ${rateWords(growths)}, ${roundsWords(growths)}, ${evidence}${also}`
}

/** `malloc by 912 B/request (lost, struct parcel *)` */
function processWords(growth: ProcessGrowth): string {
  const { category, zone, bytesPerRequest } = growth
  const pace = processPace(growth)
  const speed = pace ? `by ${sizeRate(bytesPerRequest * pace.factor)}/${pace.unit}` : 'with time'
  return `${zone ? `${category} ${escaped(zone)}` : category} ${speed}${whoseWords(growth)}`
}

function whoseWords({ holder, vm, ctype }: ProcessGrowth): string {
  if (holder === undefined) return ''
  const who = holder === 'lost' ? 'lost' : `held by ${vm === undefined ? holder : holderPath(holder)}`
  return ` (${escaped([who, ...(ctype === undefined ? [] : [ctype])].join(', '))})`
}

function okWords(report: LeakReport): string {
  const errors = report.violations.filter(({ level }) => level === 'error')
  const thresholds = errors.filter(({ text }) => text !== undefined).length
  const missing = errors.filter(({ nearest }) => nearest !== undefined).length
  const unjudged = errors.filter(({ unjudged }) => unjudged !== undefined).length
  const budgets = errors.length - thresholds - missing - unjudged
  const rounds = report.requests.rounds.length
  return [
    ...(budgets > 0 ? [`${plural(budgets, 'budget')} exceeded; `] : []),
    ...(unjudged > 0 ? [`${plural(unjudged, 'limit')} of malloc cannot be judged; `] : []),
    ...(missing > 0 ? [`${plural(missing, 'budget')} for a path that never existed; `] : []),
    ...(thresholds > 0 ? [`${plural(thresholds, 'threshold')} missed; `] : []),
    `heap held: no sustained growth in ${plural(rounds, 'round')}, ${requestsWords(report, rounds)}`,
  ].join('')
}

/** Units of the first `rounds` rounds, confirming ones last; reloads where the growth is counted by these, one a round. */
function requestsWords({ requests, per, load }: LeakReport, rounds: number): string {
  if (per === 'reload') return plural(rounds, 'reload')
  if (per === 'second') return 'without any request'
  const planned = sumOf(requests.rounds)
  const confirming = sumOf(requests.confirm.slice(0, Math.max(0, rounds - requests.rounds.length)))
  return plural(planned + confirming, loadUnit(load))
}

function firstReason({ reasons }: LeakReport): string {
  return escapedLines(reasons[0] ?? 'no reason was given')
}
