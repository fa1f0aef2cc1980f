import type { LeakReport } from '../../types/report.js'
import { holderName, processRate } from '../words/process-words.js'
import { rateWords } from './growth-text.js'

/** What grows fastest by bytes, on the Lua heap or off it, and how fast. Not escaped. Undefined where nothing grew. */
export function worstGrowth({
  growths: [onHeap],
  process: {
    growths: [offHeap],
  },
}: LeakReport): { readonly name: string; readonly rate: string } | undefined {
  if (offHeap && offHeap.bytesPerRequest > (onHeap?.bytesPerRequest ?? 0)) {
    return { name: holderName(offHeap), rate: processRate(offHeap) }
  }
  return onHeap && { name: onHeap.path, rate: rateWords([onHeap]) }
}
