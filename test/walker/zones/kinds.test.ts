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

test('a zone is a shared dictionary by its module or by what its pool says, and is counted where only its module tells where it is', () => {
  const { status, stdout, stderr } = runProgram('zones/kinds', PARTS)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout.trimEnd().split('\n')).toEqual([
    'by module: lua_shared_dict, counted',
    'by text: lua_shared_dict, counted',
    'by text alone: lua_shared_dict, counted',
    'of nginx: limit_req, not counted',
    'other text: not known, not counted',
    'no text: not known, not counted',
    'by record: lua_shared_dict, counted',
    'by record behind others: lua_shared_dict, counted',
    'of nginx, untold: limit_req, not counted',
  ])
})
