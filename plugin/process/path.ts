import { printPath } from '../heap/path.js'
import { patternCovers } from '../heap/pattern.js'
import type { Path, Pattern } from '../types/path.js'
import type { ProcessGrowth } from '../types/report.js'

type Named = Pick<ProcessGrowth, 'category' | 'zone' | 'holder'>

/**
 * The path that budgets, known leaks and baselines name a growth off the Lua heap by: `process.shm.cache`, `process.shm["my-cache"]`,
 * `process.malloc.lost`, `process.malloc["nginx: connections"]`.
 */
export function processPath(named: Named): string {
  return printPath(stepsOf(named))
}

function stepsOf({ category, zone, holder }: Named): Path {
  const name = zone ?? holder
  const above = ['process', `.${category}`]
  if (name === undefined) return above
  return [...above, /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`]
}

/** The same for people, who know a Lua path as it stands: `process.malloc held by registry._LOADED.certs.get.^all[*]`. */
export function processName(growth: Named & Pick<ProcessGrowth, 'vm'>): string {
  const { category, holder, vm } = growth
  return vm === undefined ? processPath(growth) : `process.${category} held by ${holder}`
}

/** Whether a pattern is about the process at all: `**` means the Lua heap, and no more. */
export function isProcessPattern([root]: Pattern): boolean {
  return root === 'process'
}

export function processCovers(pattern: Pattern, growth: Named): boolean {
  return isProcessPattern(pattern) && patternCovers(pattern, stepsOf(growth))
}

/** What a pattern is about, if it is about one of malloc's holders: `process.malloc.lost` is, `process.malloc` is about all of them. */
export function isHolderPattern([root, category, ...rest]: Pattern): boolean {
  return root === 'process' && category === '.malloc' && rest.length > 0
}
