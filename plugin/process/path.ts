import { parsePattern } from '../heap/path.js'
import { patternCovers } from '../heap/pattern.js'
import type { ProcessGrowth } from '../types/report.js'

/** The path that budgets and known leaks name a growth off the Lua heap by: `process.malloc`, `process.shm.cache`, `process.shm["my-cache"]`. */
export function processPath({ category, zone }: Pick<ProcessGrowth, 'category' | 'zone'>): string {
  if (zone === undefined) return `process.${category}`
  return `process.${category}${/^[A-Za-z_]\w*$/.test(zone) ? `.${zone}` : `[${JSON.stringify(zone)}]`}`
}

/** Whether a pattern is about the process at all: `**` means the Lua heap, and no more. */
export function isProcessPattern(pattern: string): boolean {
  return parsePattern(pattern)[0] === 'process'
}

export function processCovers(pattern: string, growth: Pick<ProcessGrowth, 'category' | 'zone'>): boolean {
  return isProcessPattern(pattern) && patternCovers(pattern, processPath(growth))
}
