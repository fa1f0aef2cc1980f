import { expect, test } from 'vitest'
import { FILES, neededBy } from '../../imports.js'

/** All that is loaded with these files. */
function loadedWith(...files: readonly string[]): Set<string> {
  const seen = new Set(files)
  for (const file of seen) if (FILES.includes(file)) for (const needed of neededBy(file)) seen.add(needed)
  return seen
}

/** What a run has to have loaded by then, and the rooms and files that would only make it later. */
test.each([
  [
    'the arguments of a run are read before anything is loaded that boots, loads or judges',
    {
      begun: ['cli/run.ts'],
      needed: ['commander', 'measure/plan.ts'],
      later: ['conf/', 'heapwalk/', 'runtime/local/', 'base/spawn.ts'],
    },
  ],
  [
    'nginx is started before anything is loaded that loads, judges or tells',
    {
      begun: ['cli/run.ts', 'cli/run/measure-or-report.ts'],
      needed: ['runtime/local/start-local.ts'],
      later: [],
    },
  ],
])('%s', (_name, { begun, needed, later }) => {
  const loaded = loadedWith(...begun)
  for (const file of needed) expect(loaded).toContain(file)
  const late = [
    ...later,
    'load/client/',
    'verdict/',
    'heap/align.ts',
    'process/growth.ts',
    'measure/measure.ts',
    'locate/',
    'explore/',
  ]
  const tell = ['report/terminal/whole-text.ts', 'report/html/', 'report/markdown/']
  expect([...loaded].filter((file) => [...late, ...tell].some((begin) => file.startsWith(begin)))).toEqual([])
})

test('a load of HTTP/1.1 is made without what speaks HTTP/2', () => {
  const loaded = loadedWith('load/client/autocannon.ts')
  expect(loaded).toContain('load/client/connection.ts')
  expect(loaded).not.toContain('node:http2')
})
