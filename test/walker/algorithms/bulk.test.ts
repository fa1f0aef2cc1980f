import { expect, test } from 'vitest'
import { runProgram } from '../c-program.js'

const PARTS = [
  ...['base/addr-list', 'base/list', 'base/merge-sort', 'base/pair-map'],
  ...['image/image', 'paths/chain', 'paths/class', 'paths/step', 'paths/trie'],
]

test('what is marked in bulk is the same in whatever order slices are taken, and each object counts once', () => {
  expect(runProgram('algorithms/bulk', PARTS)).toEqual({ status: 0, stdout: '', stderr: '' })
})
