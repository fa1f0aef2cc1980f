import { count, size } from '../../base/number.js'
import { text } from './markup.js'

/** One line chart: a value after each round. */
export interface Chart {
  readonly title: string
  /** One per round; the first is where it began. */
  readonly values: readonly number[]
  readonly unit: 'count' | 'bytes'
  /** From this value on the rounds only confirm. Default: none do. */
  readonly confirmFrom?: number
  /** Where each value stands on the horizontal axis. Default: 0, 1, 2, ... */
  readonly at?: readonly number[]
  /** What the horizontal axis counts. Default: rounds. */
  readonly steps?: string
}

const [WIDTH, HEIGHT] = [320, 120]
const [LEFT, RIGHT, TOP, BOTTOM] = [8, 8, 16, 20]

/** A figure with its own scale; the axis names the first and last value, the title tells the rest to a screen reader. */
export function lineChart({
  title,
  values,
  unit,
  confirmFrom = values.length,
  at = [...values.keys()],
  steps = 'rounds',
}: Chart): string {
  const figure = unit === 'bytes' ? size : count
  const most = Math.max(...values)
  const least = Math.min(0, ...values)
  const x = (index: number) => LEFT + ((at[index] ?? 0) / Math.max(1, at.at(-1) ?? 1)) * (WIDTH - LEFT - RIGHT)
  const y = (value: number) => HEIGHT - BOTTOM - ((value - least) / (most - least || 1)) * (HEIGHT - TOP - BOTTOM)
  const points = values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`)
  const planned = points.slice(0, confirmFrom).join(' ')
  const confirming = points.slice(Math.max(0, confirmFrom - 1)).join(' ')
  const dots = values.map((value, index) => {
    const label = `after ${count(at[index] ?? 0)} ${steps}: ${figure(value)}`
    return `<circle cx="${x(index).toFixed(1)}" cy="${y(value).toFixed(1)}" r="3" fill="var(--after)"><title>${text(label)}</title></circle>`
  })
  const line = (coordinates: string, dashes: string) =>
    `<polyline points="${coordinates}" fill="none" stroke="var(--after)" stroke-width="2"${dashes}/>`
  return `<figure><figcaption>${text(title)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${text(`${title}: ${values.map(figure).join(', ')}`)}">
<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(least)}" y2="${y(least)}" stroke="var(--line)"/>
${line(planned, '')}${confirmFrom < values.length ? line(confirming, ' stroke-dasharray="4 3"') : ''}
${dots.join('')}
<text x="${LEFT}" y="${HEIGHT - 6}">start: ${text(figure(values[0] ?? 0))}</text>
<text x="${WIDTH - RIGHT}" y="${HEIGHT - 6}" text-anchor="end">${text(`${count(at.at(-1) ?? 0)} ${steps}: ${figure(values.at(-1) ?? 0)}`)}</text>
</svg></figure>
`
}

/** What was gained in each round as what there was after each. */
export function runningTotal(gains: readonly number[]): number[] {
  const totals = [0]
  for (const gain of gains) totals.push(totals.at(-1)! + gain)
  return totals
}

/** One row of a bar chart: bytes before and after. */
export type BarRow = readonly [name: string, before: number, after: number]

/** Bars before and after, all on one scale: `most` is as wide as a bar can be. */
export function bars(rows: readonly BarRow[], most: number): string {
  const bar = (kind: 'a' | 'b', value: number) =>
    `<div class="bar ${kind}" style="width:${((Math.max(0, value) / most) * 100).toFixed(2)}%"></div>`
  return `<div class="bars">${rows
    .map(
      ([name, before, after]) =>
        `<span>${text(name)}</span><span>${text(`${size(before)} → ${size(after)}`)}</span><span class="both">${bar('b', before)}${bar('a', after)}</span>`,
    )
    .join('\n')}</div>
`
}

/** What the bars' colours say. */
export function barsLegend(): string {
  return `<p class="legend"><span><i class="swatch" style="background:var(--before)"></i>before</span><span><i class="swatch" style="background:var(--after)"></i>after</span></p>
`
}
