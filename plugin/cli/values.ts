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
