import { count, gain, size, sizeGain, sizeRate } from '../../base/number.js'
import { sumBy, sumOf } from '../../base/sum.js'
import type { Growth } from '../../types/growth.js'
import type { LeakReport } from '../../types/report.js'
import { isInBytes } from '../words/added.js'
import { definedWords, ownerPlace } from '../words/place.js'
import { plainWords } from '../words/plain-words.js'
import { countsRounds, ratesOf, requestsOf } from '../words/rounds.js'
import { trend } from '../words/sparkline.js'
import { capacityWords, METRIC_OF, rateOf, ratePair, type TypeRow, typeRows } from '../words/type-rows.js'
import { addedParts } from './added.js'
import { lineChart, runningTotal } from './charts.js'
import { graphButton, table, text } from './markup.js'

/** More than these are counted, not shown. */
const SHOWN = 50
const CHARTS = 6

/** The table of what grew: path, source, per type the objects, bytes and rates; a button per path shows it in the graph. */
export function growthTable({ growths, requests, per }: LeakReport): string {
  if (growths.length === 0) return ''
  const rows = growths.slice(0, SHOWN).flatMap((growth) => {
    const types = typeRows(growth)
    const lines = types.length > 0 ? types.map((row) => typeCells(growth, row)) : [contentsCells(growth)]
    const capacity = capacityWords(growth)
    if (capacity) {
      const name = `tables <span class="where">${text(capacity)}</span>`
      lines.push([name, gain(0), sizeGain(growth.slots.bytes), ''])
    }
    return [[place(growth, requests)], ...lines]
  })
  const more = growths.length > SHOWN ? `<p class="faint">and ${count(growths.length - SHOWN)} smaller growths</p>` : ''
  return `${table(['path and types', 'objects', 'bytes', `per ${per ?? 'request'}`], rows, [1, 2, 3])}${more}`
}

function place(growth: Growth, requests: LeakReport['requests']): string {
  const { path, vm, class: kind, coveredBy, rounds, per } = growth
  const facts = [
    ownerPlace(growth),
    growth.process ?? null,
    vm === 'http' ? null : `${vm} VM`,
    kind === 'leak' ? null : kind,
    coveredBy && `covered by ${coveredBy}`,
    per && `counted per ${per}`,
  ]
  return `<code class="grown">${text(path)}</code> <span class="where">${text(facts.filter(Boolean).join(', '))}</span>
${addedParts(growth, isInBytes(growth))}${!countsRounds(per) ? '' : `<span class="where" title="gained per ${per ?? 'request'}, round by round">by round: ${trend(ratesOf(rounds, requests))}</span>`}
${graphButton(vm, path)}`
}

function typeCells(growth: Growth, row: TypeRow): string[] {
  const { type, isContents, objects, bytes, definedAt = [] } = row
  const from = definedWords(definedAt)
  return [
    `${isContents ? `contents of ${METRIC_OF[type]}` : METRIC_OF[type]}${from ? ` <span class="where">${text(from)}</span>` : ''}`,
    isContents ? '' : gain(objects),
    sizeGain(bytes),
    ratePair(growth, row),
  ]
}

function contentsCells(growth: Growth): string[] {
  const { entriesPerRequest, bytesPerRequest, slots, per } = growth
  // the head says what it is by
  const by = `/${per ?? 'request'}`
  const cell = (words: string) => words.replace(by, '')
  return entriesPerRequest > 0
    ? ['entries', gain(slots.used), '', cell(rateOf(growth, entriesPerRequest))]
    : ['contents', '', '', cell(rateOf(growth, bytesPerRequest, sizeRate))]
}

/** A paragraph per growth in plain words, and one on when a worker is full. */
export function conclusions(report: LeakReport): string {
  return plainWords(report, CHARTS)
    .map((sentences) => `<div class="plainly"><p>${sentences.map(text).join(' ')}</p></div>\n`)
    .join('')
}

/** How each growth went on, round by round, and the whole heap beside it. */
export function roundCharts({ growths, requests, snapshots }: LeakReport): string {
  const grown = growths.slice(0, CHARTS).map(({ path, rounds }) =>
    lineChart({
      title: path,
      values: runningTotal(rounds),
      unit: 'count',
      at: runningTotal(requestsOf(requests).slice(0, rounds.length)),
      confirmFrom: requests.rounds.length + 1,
      steps: 'requests',
    }),
  )
  const [first] = snapshots
  const heap = snapshots.filter(({ pid, vm }) => pid === first?.pid && vm === first.vm).map(({ gcTotal }) => gcTotal)
  const whole =
    heap.length > 1
      ? lineChart({
          title: `gc.total of worker ${first!.pid}, garbage included`,
          values: heap,
          unit: 'bytes',
          steps: 'snapshots',
        })
      : ''
  const charts = grown.join('') + whole
  return charts === '' ? '' : `<div class="charts">${charts}</div>`
}

/** What moved without leaking, a line each. */
export function movedTable({ moved }: LeakReport): string {
  if (moved.length === 0) return ''
  const rows = moved.slice(0, SHOWN).map((growth) => {
    const { class: kind, path, rounds, types, why } = growth
    return [
      text(kind),
      `<code>${text(path)}</code><br><span class="where">${text(ownerPlace(growth) ?? '')}</span>`,
      gain(sumOf(rounds)),
      size(sumBy(Object.values(types), ({ bytes }) => bytes)),
      text(why ?? ''),
    ]
  })
  return table(['what it is', 'path', 'gained', 'bytes', 'why'], rows, [2, 3])
}
