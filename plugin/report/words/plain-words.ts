import type { LeakReport } from '../../types/report.js'
import { conclusion } from './conclusion.js'
import { type Forecast, fullTime } from './full-time.js'
import { processConclusion } from './process-conclusion.js'

/**
 * What grew in plain words: a paragraph per growth, on the Lua heap and off it, and one on when a worker is full. Sentences, not escaped.
 * @param most growths of either kind that are named; all of them are in the time to full
 */
export function plainWords(report: LeakReport, most: number, forecast: Forecast = {}): string[][] {
  const full = fullTime(report, forecast)
  return [
    ...report.growths.slice(0, most).map((growth) => conclusion(growth)),
    ...report.process.growths.slice(0, most).map((growth) => processConclusion(growth)),
    ...(full === undefined ? [] : [[full]]),
  ]
}
