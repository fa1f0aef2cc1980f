import { parseSeconds } from '../../load/plan/duration.js'
import { UsageError } from './usage.js'

/** An option that may come several times: commander's way to gather its values. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value]
}

/** @throws UsageError */
export function whole(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d+$/.test(text)) return Number(text)
  throw new UsageError(`${option} ${JSON.stringify(text)} is not a whole number.`)
}

/** `10s`, `500ms`, `1.5m`, in whole ms. A bare number is refused: the option does not say of what. @throws UsageError */
export function milliseconds(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\s*[\d.]+\s*$/.test(text)) {
    throw new UsageError(`${option} ${JSON.stringify(text)} has no unit: write ${text.trim()}s or ${text.trim()}ms.`)
  }
  try {
    return Math.round(parseSeconds(option, text) * 1000)
  } catch (cause) {
    throw new UsageError(`${option} ${JSON.stringify(text)} is no duration: write 10s, 500ms or 1.5m.`, { cause })
  }
}

/** The same, where none at all makes no sense. @throws UsageError */
export function someMilliseconds(option: string, text: string | undefined): number | undefined {
  const ms = milliseconds(option, text)
  if (ms !== 0) return ms
  throw new UsageError(`${option} ${JSON.stringify(text)} is no time at all: write 10s, 500ms or 1.5m.`)
}

/** Split at the first equals sign. @throws UsageError */
export function pair(option: string, text: string, form: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`${option} ${JSON.stringify(text)} is not of the form ${form}.`)
  return [text.slice(0, at), text.slice(at + 1)]
}

/** What `--replace` means. @throws UsageError */
export function replacements(given: readonly string[]): (readonly [from: string, to: string])[] {
  return given.map((text) => pair('--replace', text, 'FROM=TO'))
}
