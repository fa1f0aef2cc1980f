/** Lua's long bracket at `at`: `[[`, `[=[`, ...; its closing counterpart, or null. */
function longBracketEnd(text: string, at: number): string | null {
  let i = at + 1
  while (text[i] === '=') i++
  return text[at] === '[' && text[i] === '[' ? `]${'='.repeat(i - at - 1)}]` : null
}

function after(text: string, needle: string, from: number): number {
  const found = text.indexOf(needle, from)
  return found < 0 ? text.length : found + needle.length
}

function afterString(text: string, from: number): number {
  const quote = text[from]
  let i = from + 1
  while (i < text.length && text[i] !== quote) i += text[i] === '\\' ? 2 : 1
  return Math.min(i + 1, text.length)
}

/**
 * Offset of the `}` that closes a `*_by_lua_block {` whose body starts at `from`; the text's length if none does.
 * Braces inside Lua strings, long brackets and comments do not count, as in lua-nginx-module's own lexer.
 */
export function luaBlockEnd(text: string, from: number): number {
  let depth = 1
  let i = from
  while (i < text.length) {
    const char = text[i]
    if (char === '-' && text[i + 1] === '-') {
      const close = longBracketEnd(text, i + 2)
      i = after(text, close ?? '\n', i + 2)
    } else if (char === '[') {
      const close = longBracketEnd(text, i)
      i = close ? after(text, close, i + 1) : i + 1
    } else if (char === '"' || char === "'") {
      i = afterString(text, i)
    } else {
      if (char === '{') depth++
      if (char === '}' && --depth === 0) return i
      i++
    }
  }
  return text.length
}
