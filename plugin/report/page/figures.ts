import type { Measure } from './tree.js'

/** `848610` -> `848.6 KB`, or `20,157` objects. */
export function amount(value: number, measure: Measure): string {
  if (measure === 'objects') return value.toLocaleString('en-US')
  const [unit, scale] = UNITS.find(([, scale]) => Math.abs(value) / scale < 999.95) ?? UNITS[3]
  return `${(value / scale).toFixed(1).replace(/\.0$/, '')} ${unit}`
}

/** The same with its sign. */
export function change(value: number, measure: Measure): string {
  return `${value > 0 ? '+' : ''}${amount(value, measure)}`
}

const UNITS = [
  ['B', 1],
  ['KB', 1e3],
  ['MB', 1e6],
  ['GB', 1e9],
] as const

/** Control characters and bidirectional overrides as `\u` escapes: a key must not turn the text around it. */
export function plain(text: string): string {
  return text.replace(HOSTILE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

const HOSTILE = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\p{Cs}]/gu

/** What a part is of its whole: `63.9 %`. Rounded down, so that only the whole is called 100. */
export function share(part: number, whole: number): string {
  const thousandths = whole > 0 ? Math.floor((part / whole) * 1000) : 0
  return thousandths === 0 && part > 0 ? 'under 0.1 %' : `${thousandths / 10} %`
}

/** `1 path`, `2 paths`. */
export function paths(amount: number): string {
  return `${amount.toLocaleString('en-US')} ${amount === 1 ? 'path' : 'paths'}`
}
