/** Numbers as a row of blocks, the largest as high as a line: `▁▃█`. Zero and less is the lowest. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(0, ...values)
  if (most === 0) return BLOCKS[0]!.repeat(values.length)
  return values.map((value) => BLOCKS[Math.max(0, Math.ceil((value / most) * BLOCKS.length) - 1)]).join('')
}

const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
