import { parsePath } from '../heap/path.js'
import { patternCovers } from '../heap/pattern.js'
import { isProcessPattern, processCovers } from '../process/path.js'
import type { CheckedLeak, ParsedBudget } from '../types/budget.js'
import type { Growth } from '../types/growth.js'
import type { Pattern } from '../types/path.js'
import type { ProcessGrowth } from '../types/report.js'

/**
 * What covers a growth off the Lua heap: a budget or a known leak on `process` that names it, and, where a Lua path holds it, a known leak
 * on that path, or a budget on that path which limits its malloc. A budget that limits other things there says nothing of malloc.
 */
export function processCover(
  growth: ProcessGrowth,
  budgets: readonly ParsedBudget[],
  known: readonly CheckedLeak[],
): Growth['coveredBy'] {
  const isBudgeted = ({ pattern, limits }: ParsedBudget) =>
    processCovers(pattern, growth) || (limits.malloc !== undefined && coversHolder(pattern, growth))
  if (budgets.some(isBudgeted)) return 'budget'
  return known.some(({ pattern }) => processCovers(pattern, growth) || coversHolder(pattern, growth)) ? 'known' : null
}

/** What covers a growth on the Lua heap. A budget that limits nothing but malloc says nothing of it. */
export function heapCover(
  growth: Pick<Growth, 'path'>,
  budgets: readonly ParsedBudget[],
  known: readonly CheckedLeak[],
): Growth['coveredBy'] {
  const path = parsePath(growth.path)
  const ofHeap = budgets.filter(({ limits }) => Object.keys(limits).some((metric) => metric !== 'malloc'))
  if (ofHeap.some(({ pattern }) => patternCovers(pattern, path))) return 'budget'
  return known.some(({ pattern }) => patternCovers(pattern, path)) ? 'known' : null
}

/** Whether a pattern of the Lua heap covers the Lua path that holds it. */
export function coversHolder(pattern: Pattern, { holder, vm }: Pick<ProcessGrowth, 'holder' | 'vm'>): boolean {
  return (
    vm !== undefined && holder !== undefined && !isProcessPattern(pattern) && patternCovers(pattern, parsePath(holder))
  )
}
