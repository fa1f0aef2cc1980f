import { expect, test } from 'vitest'
import { runProgram } from '../c-program.js'

test('dominators and retained sizes agree with brute force on 20,000 random graphs', () => {
  expect(runProgram('algorithms/dominators', ['paths/dominators'])).toEqual({
    status: 0,
    stdout: '20000 graphs agree\n',
    stderr: '',
  })
})

test('a graph of too many objects and references is given up, and its objects keep their paths', () => {
  expect(runProgram('algorithms/cheap-graph', ['paths/graph'])).toEqual({
    status: 0,
    stdout: 'few: kept, 20000 references; many: given up, 0 references; any: kept\n',
    stderr: '',
  })
})
