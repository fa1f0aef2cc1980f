import { describe, expect, test } from 'vitest'
import { checkKnownLeak, parseKnownArgument } from '../../../plugin/budget/known-leak.js'

describe('a known leak on the command line', () => {
  test.each([
    ['globals.a=vendored', { path: 'globals.a', reason: 'vendored' }],
    ['globals.a = x = y ', { path: 'globals.a', reason: 'x = y' }],
    ['globals.a=mail ops@example.org', { path: 'globals.a', reason: 'mail ops@example.org' }],
    ['globals.a=fix ordered@2027-01-31', { path: 'globals.a', reason: 'fix ordered', until: '2027-01-31' }],
    ['globals["a=b"].c=vendored', { path: 'globals["a=b"].c', reason: 'vendored' }],
  ])('%s', (argument, known) => {
    expect(parseKnownArgument(argument)).toEqual(known)
  })

  test.each(['globals.a', 'globals.a=', '=vendored', 'globals["a=b"]'])('%s is refused with the form', (argument) => {
    expect(() => parseKnownArgument(argument)).toThrow(
      `'${argument}' is no known leak: write PATH=reason or PATH=reason@DATE`,
    )
  })
})

test('a date must be one of the calendar', () => {
  const known = (until: string) => () => checkKnownLeak({ path: 'globals.a', reason: 'x', until }, new Date(0))
  expect(known('2027-02-30')).toThrow('until of known leak \'globals.a\' is "2027-02-30"; write a date')
  expect(known('2028-02-29')).not.toThrow()
})
