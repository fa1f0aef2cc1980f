import type { LogEscape } from './format.js'

const JSON_ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

/** What a value was before nginx wrote it, one byte per character. `-` and nothing are no value. */
export function logValue(text: string | undefined, manner: LogEscape): string | undefined {
  if (text === undefined || text === '' || text === '-') return undefined
  if (manner === 'none' || !text.includes('\\')) return text
  if (manner === 'default') {
    return text.replace(/\\(?:x([0-9A-Fa-f]{2})|(["\\]))/g, (_, hex?: string, char?: string) =>
      hex ? byte(hex) : char!,
    )
  }
  return text.replace(/\\(?:u00([0-9A-Fa-f]{2})|(.))/g, (_, hex?: string, char?: string) =>
    hex ? byte(hex) : (JSON_ESCAPES[char!] ?? char!),
  )
}

function byte(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16))
}
