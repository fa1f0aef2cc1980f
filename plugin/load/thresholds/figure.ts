import { count } from '../../base/number.js'
import type { Unit } from './metric.js'

/** A measured value in words, three digits of it: `31.2 ms`, `2,041/s`, `3`, `1.25 MB/s`. */
export function figure(value: number, unit: Unit): string {
  switch (unit) {
    case 'us':
      return duration(value)
    case 'perSecond':
      return `${value >= 100 ? count(value) : short(value)}/s`
    case 'bytesPerSecond':
      return `${scaled(value, ['B', 'KB', 'MB', 'GB'])}/s`
    case 'count':
      return value.toLocaleString('en-US')
  }
}

/** A share in percent: `0.12 %`. */
export function percent(share: number): string {
  return `${short(share * 100)} %`
}

function duration(us: number): string {
  if (us < 1000) return `${short(us)} us`
  return us < 1e6 ? `${short(us / 1000)} ms` : `${short(us / 1e6)} s`
}

function scaled(value: number, units: readonly string[]): string {
  const step = Math.min(units.length - 1, value < 1000 ? 0 : Math.floor(Math.log10(value) / 3))
  return `${short(value / 1000 ** step)} ${units[step]}`
}

function short(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)))
}
