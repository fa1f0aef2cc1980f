import { escaped } from '../../base/escape.js'
import type { Snapshot } from '../../types/snapshot.js'
import { palette } from '../terminal/palette.js'
import { ANY_WIDTH } from '../terminal/text-options.js'
import { wrapText } from '../terminal/wrap.js'
import { coreLacks } from '../words/core-words.js'
import { detailsText } from './details-text.js'
import { type HeapTextOptions, holderSteps, vmLines } from './heap-text.js'
import { memoryLines } from './memory-text.js'
import { unusual, unusualLines } from './unusual.js'
import { liveVerdict } from './verdict.js'
import { vmPaths } from './vm-paths.js'

/** All that there is to say of one worker's memory: what it comes to, what is unusual, where it is, and the Lua heap. No line end at the end. */
export function workerText(snapshot: Snapshot, options: HeapTextOptions = {}): string {
  const { colour = false, width = ANY_WIDTH } = options
  const found = unusualLines(unusual(snapshot), palette(colour))
  const parts = [
    [...liveVerdict(snapshot), ...coreLacks(snapshot).map(escaped)],
    ...(found.length > 0 ? [found] : []),
    memoryLines(snapshot, options),
    detailsText(snapshot, options),
    ...vmPaths(snapshot).map((paths) => [...vmLines(snapshot, paths, options), ...holderSteps(paths)]),
  ]
  return wrapText(parts.map((lines) => lines.join('\n')).join('\n\n'), width)
}
