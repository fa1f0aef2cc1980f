import { escaped } from '../../base/escape.js'
import { sumOf } from '../../base/sum.js'
import type { LeakReport } from '../../types/report.js'
import { type Moment, treeRows } from './tree.js'

/**
 * The heaps before and after, and what grew, as three profiles of https://www.speedscope.app's file format: weights are bytes.
 * @throws NoPathsError
 */
export function speedscope(report: LeakReport, options: { readonly title?: string } = {}): string {
  const frames: { name: string; file?: string }[] = []
  const stacks: number[][] = []
  const known = new Map<string, number>()
  const rows = treeRows(report)
  for (const { node, steps } of rows) {
    // The same step at two places is two frames: `.go` of one module is not `.go` of another.
    const at = steps.join('\0')
    known.set(
      at,
      frames.push({ name: escaped(steps.at(-1)!), ...(node.src !== undefined && { file: escaped(node.src) }) }) - 1,
    )
    const above = steps.slice(0, -1).join('\0')
    const parent = known.get(above)
    stacks.push([...(parent === undefined ? [] : stacks[parent]!), frames.length - 1])
  }
  const profile = (name: string, weightOf: (index: number) => number) => {
    const samples = stacks
      .map((stack, index) => ({ stack, weight: weightOf(index) }))
      .filter(({ weight }) => weight > 0)
    const weights = samples.map(({ weight }) => weight)
    const endValue = sumOf(weights)
    return {
      type: 'sampled',
      name,
      unit: 'bytes',
      startValue: 0,
      endValue,
      samples: samples.map(({ stack }) => stack),
      weights,
    }
  }
  const bytes = (index: number, moment: Moment) => rows[index]!.node.b[moment === 'before' ? 0 : 1]
  const file = {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    exporter: 'vitest-openresty-leak',
    name: options.title ?? 'OpenResty heap by reference path',
    activeProfileIndex: 2,
    shared: { frames },
    profiles: [
      profile('before', (index) => bytes(index, 'before')),
      profile('after', (index) => bytes(index, 'after')),
      profile('grown', (index) => bytes(index, 'after') - bytes(index, 'before')),
    ],
  }
  return `${JSON.stringify(file)}\n`
}
