import { escaped } from '../../base/escape.js'
import { percent, size } from '../../base/number.js'
import { memoryParts } from '../../process/memory-parts.js'
import type { Snapshot } from '../../types/snapshot.js'
import { memoryOwner } from '../words/core-words.js'
import { heapVerdict } from './heap-text.js'
import { vmPaths } from './vm-paths.js'

/** Where one worker's memory is, in a few sentences: what most of it is for, and who holds most of the Lua heap. Escaped. */
export function liveVerdict(snapshot: Snapshot): string[] {
  const { rss } = snapshot.process
  const heaps = vmPaths(snapshot).flatMap((paths) => heapVerdict(snapshot, paths))
  const [first] = memoryParts(snapshot).parts
  if (!first || first.vm !== undefined) return heaps
  const [most] = first.parts
  const inIt = most && first.parts.length > 1 ? `, ${size(most.bytes)} of it ${escaped(most.name)}` : ''
  return [
    `Most of ${memoryOwner(snapshot)} is ${escaped(first.name)}: ${size(first.bytes)}, ${percent(first.bytes / Math.max(1, rss))}${inIt}.`,
    ...heaps,
  ]
}
