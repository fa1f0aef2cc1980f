import { escaped } from '../base/escape.js'

/** A string as JavaScript's source has it, in single quotes. */
export function literal(text: string): string {
  return `'${escaped(text.replace(/[\\']/g, '\\$&'))}'`
}
