import { expect, test } from 'vitest'
import { traceText } from '../../../../plugin/report/terminal/trace-text.js'
import { aGrowth, somePaths } from '../build.js'

test('the path of a growth has a line for each step, with what hangs on it, what came, and who grows', () => {
  expect(traceText(aGrowth(), somePaths()).join('\n')).toBe(
    `
  Kept alive by, with what each retains and how much of it came:
      registry            1.3 MB   +1 MB
      ._LOADED  table     1.3 MB   +1 MB
      .demo     table     1.3 MB   +1 MB
      .go       function  1.3 MB   +1 MB   demo.lua:5
    > ^foo      table     1.3 MB   +1 MB   grows: +20,157 entries
`.slice(1, -1),
  )
})

test('where dominators are known they say what only that step holds', () => {
  const [tree] = somePaths()
  const nodes = tree!.nodes.map((node) => (node.s === '.go' ? { ...node, ret: [100, 200] as const } : node))
  expect(traceText(aGrowth(), [{ ...tree!, nodes }])[4]).toBe('      .go       function  200 B    +100 B   demo.lua:5')
})

test('there is none without the heap, in another VM, or for a path that was folded', () => {
  expect(traceText(aGrowth(), undefined)).toEqual([])
  expect(traceText(aGrowth({ vm: 'stream' }), somePaths())).toEqual([])
  expect(traceText(aGrowth({ path: 'registry._LOADED.other.list[*]' }), somePaths())).toEqual([])
})
