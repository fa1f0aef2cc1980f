import { expect, test } from 'vitest'
import { runProgram } from './c-program.js'

const PARTS = [
  'malloc/roots',
  'malloc/holders',
  'malloc/blocks',
  'malloc/pool',
  'image/image',
  'image/claims',
  'image/pages',
  'target/areas',
  'target/memory',
  'target/pagemap',
  'target/core',
  'target/core-notes',
  'target/core-segments',
  'target/maps',
  'target/process',
  'base/json',
  'base/line',
  'target/threads',
  'base/error',
  'base/list',
  'base/addr-list',
]

test('neither a Lua heap beside thread-local storage nor the end of a string over an old address holds a block', () => {
  const { status, stdout, stderr } = runProgram('false-addresses', PARTS)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout.trimEnd().split('\n')).toEqual([
    'thread-local storage: held before the Lua heap, not held in it, held behind',
    'a name that begins its block: no address',
    'a name of three letters: no address',
    'the end of a name: no address',
    'the end of a name, three letters: no address',
    'a letter behind numbers: an address',
    'an aligned one behind text: an address',
    'two letters in the middle of a block: an address',
  ])
})
