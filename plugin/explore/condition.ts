/** Whether the condition of an `if` holds for every GET by its method: `if ($request_method != POST)`. */
export function forbidsGet(args: readonly string[]): boolean {
  const text = args.join(' ').replace(/^\(\s*|\s*\)$/g, '')
  const [, operator, quoted] = /^\$request_method\s+(=|!=|~\*?|!~\*?)\s+(.+)$/.exec(text) ?? []
  if (operator === undefined || quoted === undefined) return false
  const value = quoted.replace(/^(["'])(.*)\1$/, '$2')
  if (operator === '=') return value === 'GET'
  if (operator === '!=') return value !== 'GET'
  const matches = pattern(value, operator.includes('*'))?.test('GET')
  return matches !== undefined && matches !== operator.startsWith('!')
}

function pattern(source: string, isCaseless: boolean): RegExp | undefined {
  try {
    return new RegExp(source, isCaseless ? 'i' : '')
  } catch {
    // PCRE knows more than JavaScript: what cannot be read forbids nothing
    return undefined
  }
}
