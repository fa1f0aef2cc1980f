import { expect, test } from 'vitest'
import { processRows } from '../../../plugin/process/rows.js'
import { memory } from './build.js'

test('each row before and after, workers summed, the use of a zone once', () => {
  const [before, after] = [memory({ malloc: 100, zones: { c: 10 } }), memory({ malloc: 300, zones: { c: 40 } })]
  expect(processRows([before, before], [after, after])).toEqual([
    { category: 'malloc', name: 'main arena, in use', before: 200, after: 600, used: [200, 600], how: 'chunks' },
    { category: 'malloc', name: 'main arena, free', before: 8192, after: 8192, how: 'chunks' },
    { category: 'shm', name: 'c', before: 20, after: 80, used: [10, 40], how: 'slab' },
  ])
})

test('nothing where a snapshot has no breakdown', () => {
  const whole = memory({})
  expect(processRows([{ ...whole, process: { rss: 1 } }], [whole])).toBeUndefined()
})
