import { LoadError } from '../error.js'
import { linesOf } from './lines.js'
import { accessLogReader } from './log/access-log.js'
import type { LogFormat } from './log/format.js'
import { looksListed } from './request-list.js'

/** What a file of requests is. */
export type SourceKind =
  | { readonly kind: 'har' }
  | { readonly kind: 'openapi' }
  | { readonly kind: 'list' }
  | { readonly kind: 'log'; readonly format: LogFormat }

/** Lines that tell what a file is. */
const LOOKED_AT = 200

/**
 * Tells by its beginning what a file is, whatever its name: JSON with a log is a HAR file, with `openapi` such a document, lines that fit a
 * format an access log.
 * @throws LoadError `LOAD_SOURCE` for anything else, with its first line
 */
export async function sourceKind(file: string, formats: readonly LogFormat[]): Promise<SourceKind> {
  const lines = await firstLines(file)
  const text = lines.join('\n')
  const best = bestFormat(lines, formats)
  if (best) return { kind: 'log', format: best }
  if (/^\s*\{/.test(text) && !isJsonByLine(lines))
    return { kind: /"(?:openapi|swagger)"\s*:/.test(text) ? 'openapi' : 'har' }
  if (/^["']?(?:openapi|swagger)["']?\s*:/m.test(text)) return { kind: 'openapi' }
  const told = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))
  const listed = told.filter(looksListed).length
  if (told.length > 0 && listed * 2 >= told.length) return { kind: 'list' }
  const first = JSON.stringify((told[0] ?? '').slice(0, 200))
  const known = formats.map(({ name }) => name).join(', ')
  throw new LoadError(
    'LOAD_SOURCE',
    `no access log in a known format (${known}), no HAR file, no OpenAPI document and no list of requests; its first line is ${first}. ` +
      'For another log give its format, as nginx writes it: --log-format \'$remote_addr ... "$request" $status\'',
  )
}

/** A log that nobody has given the format of. */
function isJsonByLine(lines: readonly string[]): boolean {
  return lines.length > 1 && lines.slice(0, 2).every((line) => /^\{.*\}$/.test(line))
}

async function firstLines(file: string): Promise<string[]> {
  const lines: string[] = []
  for await (const line of linesOf(file)) {
    lines.push(line)
    if (lines.length >= LOOKED_AT) break
  }
  return lines
}

/** The one that most lines fit, and at least one in ten: production's logs hold much that is none of it. */
function bestFormat(lines: readonly string[], formats: readonly LogFormat[]): LogFormat | undefined {
  const told = lines.filter((line) => line !== '')
  let [best, most] = [undefined as LogFormat | undefined, told.length / 10]
  for (const format of formats) {
    const read = accessLogReader(format)
    const fit = told.filter((line) => typeof read(line) === 'object').length
    if (fit > 0 && fit >= most && (best === undefined || fit > most)) [best, most] = [format, fit]
  }
  return best
}
