import { expect, test } from 'vitest'
import { runProgram } from '../c-program.js'

const PARTS = [
  'zones/zones',
  'zones/slab',
  'zones/shdict',
  'zones/zone-tree',
  'zones/zone-copy',
  'zones/zone-arena',
  'base/clock',
]

test('a zone of a module that is not known is a shared dictionary if its pool says so in the error log', () => {
  const { status, stdout, stderr } = runProgram('zones/kinds', PARTS)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout.trimEnd().split('\n')).toEqual([
    'by module: lua_shared_dict',
    'by text: lua_shared_dict',
    'by text alone: lua_shared_dict',
    'of nginx: limit_req',
    'other text: not known',
    'no text: not known',
  ])
})
