import { expect, test } from 'vitest'
import { escaped, escapedLines } from '../../../plugin/base/escape.js'

test('a key cannot send control sequences to the terminal', () => {
  expect(escaped('a\u001b[31mb\u0007\n\r\u0085')).toBe('a\\u001b[31mb\\u0007\\u000a\\u000d\\u0085')
})

test('a key cannot turn the direction of the text or hide in it', () => {
  expect(escaped('x\u202ey\u200bz\u2066')).toBe('x\\u202ey\\u200bz\\u2066')
})

test('a lone surrogate is shown as its number', () => {
  expect(escaped('a\udc80b')).toBe('a\\udc80b')
})

test('ordinary text, whatever its alphabet, is left alone', () => {
  expect(escaped('GET /straße "😀" \\n')).toBe('GET /straße "😀" \\n')
})

test('a message keeps its lines', () => {
  expect(escapedLines('one\r\n\ttwo\u001b[2J\n')).toBe('one\n  two\\u001b[2J\n')
})
