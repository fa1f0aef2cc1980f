import { LoadError } from '../../error.js'

/** How nginx writes a value (`escape=` of log_format). */
export type LogEscape = 'default' | 'json' | 'none'

/** A log_format of nginx. */
export interface LogFormat {
  readonly name: string
  readonly escape: LogEscape
  /** `$remote_addr - [$time_local] "$request"`. */
  readonly text: string
}

/** The format that nginx knows without being told. */
export const COMBINED: LogFormat = {
  name: 'combined',
  escape: 'default',
  text: '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"',
}

/** What a line says, by variable, still escaped; null for a line of another format. */
export type ReadLine = (line: string) => ReadonlyMap<string, string> | null

/** Variables that together stand where nothing parts them, such as `$host$request_uri`. */
type Field = readonly string[]

/**
 * Compiles a format. Each value ends at the first place where the text that follows it in the format stands, quotes that are escaped left
 * aside: time goes with the length of a line, whatever it holds, and no value can pass for two.
 * @throws LoadError `LOAD_SOURCE` for a format that tells no request
 */
export function compileFormat(format: LogFormat): ReadLine {
  const { fields, texts } = partsOf(format.text)
  const names = fields.flat()
  if (!names.some((name) => REQUEST.has(name))) {
    throw new LoadError(
      'LOAD_SOURCE',
      `log format ${JSON.stringify(format.text)} tells no request: it needs $request, $request_uri or $uri`,
    )
  }
  return (line) => {
    if (!line.startsWith(texts[0]!)) return null
    const values = new Map<string, string>()
    let at = texts[0]!.length
    for (const [index, field] of fields.entries()) {
      const text = texts[index + 1]!
      const isLast = index === fields.length - 1
      const end = isLast ? lastEnd(line, text) : find(line, text, at)
      if (end < at) return null
      if (!assign(values, field, line.slice(at, end))) return null
      at = end + text.length
    }
    return values
  }
}

const REQUEST: ReadonlySet<string> = new Set(['request', 'request_uri', 'uri', 'document_uri'])

function partsOf(text: string): { readonly fields: readonly Field[]; readonly texts: readonly string[] } {
  const fields: string[][] = []
  const texts: string[] = ['']
  let end = 0
  for (const match of text.matchAll(/\$(?:\{(\w+)\}|(\w+))/g)) {
    const name = (match[1] ?? match[2])!
    const between = text.slice(end, match.index)
    if (between === '' && fields.length > 0) fields.at(-1)!.push(name)
    else {
      texts[fields.length] = between
      fields.push([name])
    }
    end = match.index + match[0].length
  }
  texts[fields.length] = text.slice(end)
  return { fields, texts }
}

/** Where a text comes next, but for quotes that a backslash takes for the value. */
function find(line: string, text: string, from: number): number {
  for (let at = line.indexOf(text, from); at >= 0; at = line.indexOf(text, at + 1)) {
    if (text[0] !== '"' || !isEscaped(line, at, from)) return at
  }
  return -1
}

/** The last value goes to the end of the line, but for what stands behind it. */
function lastEnd(line: string, text: string): number {
  return line.endsWith(text) ? line.length - text.length : -1
}

function isEscaped(line: string, at: number, from: number): boolean {
  let slashes = 0
  while (at - 1 - slashes >= from && line[at - 1 - slashes] === '\\') slashes++
  return slashes % 2 === 1
}

/** Hands one value to its variable. Of several that nothing parts, a host ends where a path begins, and a path where its query does. */
function assign(values: Map<string, string>, field: Field, value: string): boolean {
  if (field.length === 1) {
    values.set(field[0]!, value)
    return true
  }
  const known =
    /^(?:(scheme)\n)?(?:(host|http_host|server_name)\n)?(request_uri|uri|document_uri)(?:\n(is_args))?(?:\n(args|query_string))?$/.exec(
      field.join('\n'),
    )
  if (!known) return !field.some((name) => REQUEST.has(name))
  const [, , host, path] = known
  const slash = value.indexOf('/')
  if (slash < 0) return false
  if (host) values.set(host, value.slice(0, slash))
  // with its query behind it, a path is what $request_uri is
  values.set(
    path === 'request_uri' || field.includes('args') || field.includes('query_string') ? 'request_uri' : path!,
    value.slice(slash),
  )
  return true
}
