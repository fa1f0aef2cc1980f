const SERIOUS = /\[(?:emerg|alert|crit|error)\]/
/** Lines that belong to the one before: a traceback, or the places where a Lua module was looked for. */
const CONTINUED = /^(?:\t|\s+|stack traceback:)/

/** The serious entries of an nginx error log, with the lines that continue them; `mirror` is taken off paths. At most `max` lines. */
export function seriousEntries(log: string, options: { readonly mirror?: string; readonly max?: number } = {}): string {
  const { mirror, max = 20 } = options
  const lines: string[] = []
  let inside = false
  for (const line of log.split('\n')) {
    inside = SERIOUS.test(line) || (inside && CONTINUED.test(line))
    if (inside) lines.push(line)
  }
  const shown = lines.length > max ? [...lines.slice(0, max), `... (${lines.length - max} more lines)`] : lines
  const text = shown.join('\n')
  return mirror ? text.replaceAll(mirror, '') : text
}
