import { expect, test } from 'vitest'
import { applyEdits } from '../../../plugin/conf/edit.js'

test('replaces and inserts, in whatever order the edits come', () => {
  const edits = [
    { start: 4, end: 5, text: 'E' },
    { start: 1, end: 1, text: '<' },
    { start: 1, end: 1, text: '>' },
    { start: 0, end: 1, text: '' },
  ]
  expect(applyEdits('abcde', edits)).toBe('<>bcdE')
})

test('gives back the lines that a replacement took out', () => {
  expect(applyEdits('a\nb\nc', [{ start: 0, end: 3, text: 'x' }])).toBe('x\n\nc')
})

test('refuses to add a line', () => {
  expect(() => applyEdits('abc', [{ start: 0, end: 1, text: 'x\n' }])).toThrow('adds a line')
})

test('refuses edits that overlap', () => {
  const edits = [
    { start: 0, end: 2, text: 'x' },
    { start: 1, end: 3, text: 'y' },
  ]
  expect(() => applyEdits('abc', edits)).toThrow('overlap')
})
