import { expect, test } from 'vitest'
import { runProgram } from '../c-program.js'

test('the walker sorts lists of any length, keeps the order of items that are alike, and compares an ordered list once', () => {
  expect(runProgram('algorithms/merge-sort', ['base/merge-sort'])).toEqual({ status: 0, stdout: '', stderr: '' })
})
