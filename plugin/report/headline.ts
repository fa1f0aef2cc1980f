import type { LeakReport } from '../types/report.js'
import { escapedLines } from './escape.js'
import { rateWords, roundsWords } from './growth-text.js'
import { plural, sizeRate } from './number.js'
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
  if (growths.length === 0) {
    const grown = process.growths.map(({ category, zone, bytesPerRequest }) => {
      return `${zone ? `${category} ${zone}` : category} by ${sizeRate(bytesPerRequest)}/request`
    })
    return `memory off the Lua heap grew: ${grown.join(', ')}, ${requestsWords(report, 0)}`
  }
  const rounds = Math.max(...growths.map((growth) => growth.rounds.length))
  const accepted = passed ? ', all of it accepted' : ''
  return `heap grew on ${plural(growths.length, 'path')}${accepted}: ${rateWords(growths)}, ${roundsWords(growths)}, ${requestsWords(report, rounds)}`
}

function okWords(report: LeakReport): string {
  const errors = report.violations.filter(({ level }) => level === 'error')
  const thresholds = errors.filter(({ text }) => text !== undefined).length
  const missing = errors.filter(({ nearest }) => nearest !== undefined).length
  const budgets = errors.length - thresholds - missing
  const rounds = report.requests.rounds.length
  return [
    ...(budgets > 0 ? [`${plural(budgets, 'budget')} exceeded; `] : []),
    ...(missing > 0 ? [`${plural(missing, 'budget')} for a path that never existed; `] : []),
    ...(thresholds > 0 ? [`${plural(thresholds, 'threshold')} missed; `] : []),
    `heap held: no sustained growth in ${plural(rounds, 'round')}, ${requestsWords(report, rounds)}`,
  ].join('')
}

/** Requests of the first `rounds` rounds, confirming ones last. */
function requestsWords({ requests }: LeakReport, rounds: number): string {
  const planned = requests.rounds.reduce((sum, amount) => sum + amount, 0)
  const confirming = requests.confirm
    .slice(0, Math.max(0, rounds - requests.rounds.length))
    .reduce((sum, amount) => sum + amount, 0)
  return plural(planned + confirming, 'request')
}

function firstReason({ reasons }: LeakReport): string {
  return escapedLines(reasons[0] ?? 'no reason was given')
}
