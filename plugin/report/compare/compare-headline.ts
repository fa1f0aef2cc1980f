import { plural, sizeGain } from '../../base/number.js'
import type { Comparison } from '../../types/compare/comparison.js'
import type { BenchResult } from '../../types/compare/result.js'
import { percentChange } from './compare-rows.js'

/** What changed between base and head, in one sentence. */
export function compareHeadline(comparison: Comparison): string {
  const { measured, reasons, times } = comparison
  if (!measured) return `not compared: ${reasons[0] ?? 'no reason was given'}`
  const changes = changesOf(comparison)
  const unsure = times.filter(({ call }) => call === 'unsure').length
  const open = unsure > 0 ? ` (${plural(unsure, 'timing')} undecided)` : ''
  return changes.length > 0 ? `head ${changes.join('; ')}${open}` : `no difference between base and head${open}`
}

/** Whether head differs from base, as far as both were measured. */
export function hasDifference(comparison: Comparison): boolean {
  return comparison.measured && changesOf(comparison).length > 0
}

function changesOf({ memory, times }: Comparison): string[] {
  const more = memory?.kept.filter(({ call }) => call === 'more') ?? []
  const less = memory?.kept.filter(({ call }) => call === 'less') ?? []
  const held = memory ? memory.heap.bytes.head - memory.heap.bytes.base : 0
  const timed = (['slower', 'faster'] as const).map((call) => {
    const found = times.filter((time) => time.call === call)
    const [first] = found
    if (!first) return ''
    const others = found.length > 1 ? ` and ${plural(found.length - 1, 'other time')}` : ''
    return `is ${call}: ${first.task} ${first.metric} ${percentChange(first.ratio)}${others}`
  })
  return [
    more.length > 0 ? `keeps more with each request on ${plural(more.length, 'path')}` : '',
    less.length > 0 ? `keeps less with each request on ${plural(less.length, 'path')}` : '',
    (memory?.heap.paths.length ?? 0) > 0 && held !== 0 ? `holds ${sizeGain(held)} when warm` : '',
    ...timed,
  ].filter((text) => text !== '')
}

/** `main (1a2b3c4)`, `1a2b3c4` for a side that is named by its commit, or what else there is to name a side by. */
export function sideName({ revision, takenAt }: BenchResult): string {
  if (!revision) return takenAt
  const { ref, commit, dirty } = revision
  const changes = dirty ? ['with changes'] : []
  // Who names a commit by itself, as a job of CI does, needs it once.
  if (ref !== null && /^[\da-f]{7,}$/.test(ref) && commit.startsWith(ref)) {
    return [commit.slice(0, 7), ...changes].join(', ')
  }
  return `${ref ?? 'detached'} (${[commit.slice(0, 7), ...changes].join(', ')})`
}
