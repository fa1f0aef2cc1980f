import { expect, test, vi } from 'vitest'
import { CLEAR_LINE, Progress } from '../../../plugin/base/progress.js'

function aTerminal(redrawnMs?: number) {
  const written: string[] = []
  const write = (text: string) => written.push(text)
  return { written, err: { isTTY: true, columns: 20, write, ...(redrawnMs !== undefined && { redrawnMs }) } }
}

test('a line is written again before somebody else has redrawn the terminal, until it is taken away', () => {
  vi.useFakeTimers()
  try {
    const { written, err } = aTerminal(1000)
    const progress = new Progress({ err })
    progress.show('the warm-up')
    vi.advanceTimersByTime(1000)
    progress.show('round 1 of 5')
    vi.advanceTimersByTime(500)
    progress[Symbol.dispose]()
    vi.advanceTimersByTime(5000)
    const [warmUp, round] = [`${CLEAR_LINE}the warm-up`, `${CLEAR_LINE}round 1 of 5`]
    expect(written).toEqual([warmUp, warmUp, warmUp, round, round, CLEAR_LINE])
  } finally {
    vi.useRealTimers()
  }
})

test('where nobody else draws it is written once', () => {
  vi.useFakeTimers()
  try {
    const { written, err } = aTerminal()
    using progress = new Progress({ err })
    progress.show('a line that is longer than the terminal is wide')
    vi.advanceTimersByTime(5000)
    expect(written).toEqual([`${CLEAR_LINE}a line that is long`])
  } finally {
    vi.useRealTimers()
  }
})
