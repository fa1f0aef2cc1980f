/** Numbers as a row of blocks, the largest the highest: `▁▃▇`. Zero and less is the lowest. No block is full: a row of these looks struck out. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(0, ...values)
  if (most === 0) return BLOCKS[0]!.repeat(values.length)
  return values.map((value) => BLOCKS[Math.max(0, Math.ceil((value / most) * BLOCKS.length) - 1)]).join('')
}

const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇']
/** Rates that differ by less than this share of the largest are level, and one that is less is none. */
const LEVEL = 0.01

/** How rates went on, round by round: `level`, or a row of blocks. Empty without any. */
export function trend(rates: readonly number[]): string {
  if (rates.length === 0) return ''
  return isLevel(rates) ? 'level' : sparkline(rates)
}

/** The same with its figures: `level, 1.00/request in each`, `▁▇▇  0 to 1.00/request`. */
export function trendWords(rates: readonly number[], figure: (rate: number) => string, unit = 'request'): string {
  const most = Math.max(...rates)
  const [least, largest] = [Math.min(...rates), most].map((rate) => figure(Math.abs(rate) < most * LEVEL ? 0 : rate))
  if (isLevel(rates)) return `level, ${largest}/${unit} in each`
  return `${sparkline(rates)}  ${least === largest ? `${largest}/${unit} in each` : `${least} to ${largest}/${unit}`}`
}

function isLevel(rates: readonly number[]): boolean {
  const most = Math.max(...rates)
  return most > 0 && Math.min(...rates) >= most * (1 - LEVEL)
}
