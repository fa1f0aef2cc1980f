import { expect, test } from 'vitest'
import { runProgram } from './c-program.js'

test('dominators and retained sizes agree with brute force on 20,000 random graphs', () => {
  expect(runProgram('dominators', ['paths/dominators'])).toEqual({
    status: 0,
    stdout: '20000 graphs agree\n',
    stderr: '',
  })
})
