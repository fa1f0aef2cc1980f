/** Numbers as the reports write them: thousands separated by commas, KB = 1000 bytes. */

/** `20157` -> `20,157`. */
export function count(value: number): string {
  return grouped(String(Math.round(value)))
}

/** `20157` -> `+20,157`; a loss keeps its minus. */
export function gain(value: number): string {
  return value < 0 ? count(value) : `+${count(value)}`
}

/** `848610` -> `848.6 KB`; `64000` -> `64 KB`. Bytes. */
export function size(bytes: number): string {
  // By what would be printed: 999,960 bytes are "1 MB", not "1000 KB".
  const [unit, scale] = UNITS.find(([, scale]) => Math.abs(bytes) / scale < 999.95) ?? LARGEST_UNIT
  return `${(bytes / scale).toFixed(1).replace(/\.0$/, '')} ${unit}`
}

/** `848610` -> `+848.6 KB`. Bytes. */
export function sizeGain(bytes: number): string {
  return bytes < 0 ? size(bytes) : `+${size(bytes)}`
}

/** Objects or entries per request: two decimals, or two digits where that would say nothing (`0.0010`); none is `0`. */
export function rate(perRequest: number): string {
  const magnitude = Math.abs(perRequest)
  if (magnitude === 0) return '0'
  if (magnitude >= 0.1) return thousands(perRequest.toFixed(2))
  return Number(perRequest.toPrecision(2)).toFixed(fractionDigits(magnitude))
}

/** `42.1` -> `42 B`, `2016` -> `2,016 B`, `0.042` -> `0.042 B`: per request, a unit change would hide the comparison. */
export function sizeRate(bytesPerRequest: number): string {
  const magnitude = Math.abs(bytesPerRequest)
  if (magnitude >= 9.95) return magnitude < 1e6 ? `${count(bytesPerRequest)} B` : size(bytesPerRequest)
  if (magnitude === 0) return '0 B'
  return `${Number(bytesPerRequest.toPrecision(2))} B`
}

/** `1` -> `100 %`; rounded down, so that only a whole is ever called 100. */
export function percent(share: number): string {
  return `${Math.floor(share * 1000) / 10} %`
}

/** `plural(2, 'path')` -> `2 paths`. */
export function plural(amount: number, noun: string, nouns = `${noun}s`): string {
  return `${count(amount)} ${amount === 1 ? noun : nouns}`
}

function thousands(decimal: string): string {
  const [whole = '', fraction] = decimal.split('.')
  return `${grouped(whole)}.${fraction}`
}

/** Commas between thousands. `toLocaleString` would read the data of all languages first: some 40 ms of a command's end. */
function grouped(whole: string): string {
  return whole.replace(/(?<=\d)(?=(?:\d{3})+$)/g, ',')
}

/** Decimals that show two digits of a number below 0.1. */
function fractionDigits(magnitude: number): number {
  return Math.min(20, 1 - Math.floor(Math.log10(magnitude)))
}

const LARGEST_UNIT = ['GB', 1e9] as const
const UNITS = [['B', 1], ['KB', 1e3], ['MB', 1e6], LARGEST_UNIT] as const
