import { escaped } from '../base/escape.js'

/** A value of JSON as JavaScript's source has it: strings in single quotes, names of fields without where they need none. */
export function literal(value: unknown): string {
  if (typeof value === 'string') return `'${escaped(value.replace(/[\\']/g, '\\$&'))}'`
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const fields = Object.entries(value).map(([name, each]) => `${nameText(name)}: ${literal(each)}`)
  return `{ ${fields.join(', ')} }`
}

function nameText(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : literal(name)
}
