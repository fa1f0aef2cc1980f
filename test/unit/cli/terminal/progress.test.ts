import { expect, test } from 'vitest'
import { Progress, wantsColour } from '../../../../plugin/cli/terminal/progress.js'
import { aTerminal } from '../terminal.js'

test('progress redraws one line, no wider than the terminal, and takes it away at the end', () => {
  const terminal = aTerminal(true)
  {
    using progress = new Progress(terminal)
    progress.show('round 1 of 5: 3929 requests')
  }
  expect(terminal.said).toEqual({ out: '', err: '\r\u001b[2Kround 1 of 5: 3929 \r\u001b[2K' })
})

test('without a terminal there is none', () => {
  const terminal = aTerminal(false)
  {
    using progress = new Progress(terminal)
    progress.show('round 1 of 5')
  }
  expect(terminal.said.err).toBe('')
})

test('colour is for terminals, unless NO_COLOR or a dumb terminal says otherwise', () => {
  const { out } = aTerminal(true)
  expect(wantsColour({ out, env: {} })).toBe(true)
  expect(wantsColour({ out, env: { NO_COLOR: '1' } })).toBe(false)
  expect(wantsColour({ out, env: { TERM: 'dumb' } })).toBe(false)
  expect(wantsColour({ out: aTerminal(false).out, env: {} })).toBe(false)
})
