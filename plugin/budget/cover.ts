import { patternCovers } from '../heap/pattern.js'
import { isProcessPattern, processCovers } from '../process/path.js'
import type { Budget, KnownLeak } from '../types/budget.js'
import type { Growth } from '../types/growth.js'
import type { ProcessGrowth } from '../types/report.js'

/**
 * What covers a growth off the Lua heap: a budget or a known leak on `process` that names it, and, where a Lua path holds it, a known leak
 * on that path, or a budget on that path which limits its malloc. A budget that limits other things there says nothing of malloc.
 */
export function processCover(
  growth: ProcessGrowth,
  budgets: readonly Budget[],
  known: readonly KnownLeak[],
): Growth['coveredBy'] {
  const isBudgeted = ({ path, limits }: Budget) =>
    processCovers(path, growth) || (limits.malloc !== undefined && coversHolder(path, growth))
  if (budgets.some(isBudgeted)) return 'budget'
  return known.some(({ path }) => processCovers(path, growth) || coversHolder(path, growth)) ? 'known' : null
}

/** Whether a pattern of the Lua heap covers the Lua path that holds it. */
export function coversHolder(pattern: string, { holder, vm }: Pick<ProcessGrowth, 'holder' | 'vm'>): boolean {
  return vm !== undefined && holder !== undefined && !isProcessPattern(pattern) && patternCovers(pattern, holder)
}
