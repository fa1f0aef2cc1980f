import { parsePattern } from '../heap/path.js'
import { patternCovers } from '../heap/pattern.js'
import type { ProcessGrowth } from '../types/report.js'

type Named = Pick<ProcessGrowth, 'category' | 'zone' | 'holder'>

/**
 * The path that budgets, known leaks and baselines name a growth off the Lua heap by: `process.shm.cache`, `process.shm["my-cache"]`,
 * `process.malloc.lost`, `process.malloc["nginx: connections"]`.
 */
export function processPath({ category, zone, holder }: Named): string {
  const name = zone ?? holder
  if (name === undefined) return `process.${category}`
  return `process.${category}${/^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`}`
}

/** The same for people, who know a Lua path as it stands: `process.malloc held by registry._LOADED.certs.get.^all[*]`. */
export function processName(growth: Named & Pick<ProcessGrowth, 'vm'>): string {
  const { category, holder, vm } = growth
  return vm === undefined ? processPath(growth) : `process.${category} held by ${holder}`
}

/** Whether a pattern is about the process at all: `**` means the Lua heap, and no more. */
export function isProcessPattern(pattern: string): boolean {
  return parsePattern(pattern)[0] === 'process'
}

export function processCovers(pattern: string, growth: Named): boolean {
  return isProcessPattern(pattern) && patternCovers(pattern, processPath(growth))
}

/** What a pattern is about, if it is about one of malloc's holders: `process.malloc.lost` is, `process.malloc` is about all of them. */
export function isHolderPattern(pattern: string): boolean {
  const [root, category, ...rest] = parsePattern(pattern)
  return root === 'process' && category === '.malloc' && rest.length > 0
}
