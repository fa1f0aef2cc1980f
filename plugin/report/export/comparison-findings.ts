import { repositoryPlace } from '../../base/repository-place.js'
import type { Comparison, KeptDifference } from '../../types/compare/comparison.js'
import { compareHeadline } from '../compare/compare-headline.js'
import { keptRow } from '../compare/compare-rows.js'
import type { Finding } from './findings.js'

/**
 * What is wrong with a comparison that did not pass: each path on which head keeps more, at the code that owns it; else why it failed.
 * @param folder in which the comparison began, from the repository's root
 */
export function comparisonFindings(comparison: Comparison, folder: string): Finding[] {
  const { passed, measured, memory } = comparison
  if (passed) return []
  const title = 'compare'
  const lines = [compareHeadline(comparison)]
  if (!measured) return [{ title, lines, kind: 'unmeasured', subject: 'compare' }]
  const more = (memory?.kept ?? []).filter(({ call }) => call === 'more')
  if (more.length === 0) return [{ title, lines: [...lines, ...comparison.reasons], kind: 'limit', subject: 'compare' }]
  return more.map((kept) => ({
    ...repositoryPlace(folder, '', kept),
    title,
    lines: [...lines, keptWords(kept)],
    kind: 'leak',
    subject: kept.path,
  }))
}

/** `keeps registry._LOADED.demo.go.^kept[*], demo.lua:5: 1.00 object, 64 B/request, in base nothing` */
function keptWords(kept: KeptDifference): string {
  const { what, head, base } = keptRow(kept)
  return `${what}: ${head}, in base ${base}`
}
