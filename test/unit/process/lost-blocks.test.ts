import { expect, test } from 'vitest'
import { lostBlocks } from '../../../plugin/process/lost-blocks.js'
import type { LostMalloc, Snapshot } from '../../../plugin/types/snapshot.js'
import { held } from './build.js'

function losing(lost: Partial<LostMalloc>): Snapshot {
  const snapshot = held({})
  const { malloc } = snapshot.process
  return { ...snapshot, process: { ...snapshot.process, malloc: { ...malloc!, lost: { ...malloc!.lost, ...lost } } } }
}

test('tells what became more: sizes, and libraries by their file, workers summed', () => {
  const before = losing({
    sizes: [
      [80, 10],
      [48, 5],
    ],
    libraries: [['libcrypto.so.3+0x10', 2, 160]],
  })
  const after = losing({
    sizes: [
      [80, 12],
      [2016, 3],
      [48, 5],
    ],
    libraries: [
      ['libcrypto.so.3+0x10', 3, 240],
      ['libcrypto.so.3+0x20', 1, 80],
      ['libjq.so.1+0x10', 1, 16],
    ],
  })
  expect(lostBlocks([before, before], [after, after])).toEqual({
    sizes: [
      [2016, 6],
      [80, 4],
    ],
    libraries: [
      ['libcrypto.so.3', 4, 320],
      ['libjq.so.1', 2, 32],
    ],
  })
})

test('tells nothing where all that is lost still hangs on garbage', () => {
  expect(lostBlocks([losing({})], [losing({})])).toBeUndefined()
})
