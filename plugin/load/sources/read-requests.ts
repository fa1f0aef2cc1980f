import { readFile, stat } from 'node:fs/promises'
import { whyUnreadable } from '../../base/missing-file.js'
import { LoadError } from '../error.js'
import { addHar } from './har.js'
import { linesOf } from './lines.js'
import { accessLogReader } from './log/access-log.js'
import type { LogFormat } from './log/format.js'
import type { ReadRequests } from './mix/candidate.js'
import { Mix, type MixOptions, MOST_KINDS } from './mix/mix.js'
import { Omissions } from './mix/omissions.js'
import { openApiRequests } from './openapi/operations.js'
import { listLine } from './request-list.js'
import { type SourceKind, sourceKind } from './source-kind.js'

export interface ReadOptions extends MixOptions {
  /** What an access log may be written in, likeliest first. */
  readonly formats: readonly LogFormat[]
}

/** Largest HAR file or OpenAPI document, in bytes: they are held as a whole. */
const LARGEST = 256_000_000

/**
 * The kinds of request that a file tells of, with how often each comes. Lines are read one at a time.
 * @throws LoadError `LOAD_SOURCE` for a file that cannot be read, is nothing of what is known, or holds no request that can be sent
 */
export async function readRequests(file: string, options: ReadOptions): Promise<ReadRequests> {
  try {
    return await readAs(await sourceKind(file, options.formats), file, options)
  } catch (cause) {
    if (cause instanceof LoadError) throw new LoadError(cause.code, `${file}: ${cause.message}`, { cause })
    const why = 'errno' in (cause as Error) ? whyUnreadable(file, cause) : (cause as Error).message
    throw new LoadError('LOAD_SOURCE', `cannot read ${file}: ${why}`, { cause })
  }
}

async function readAs(kind: SourceKind, file: string, options: ReadOptions): Promise<ReadRequests> {
  const omissions = new Omissions()
  if (kind.kind === 'openapi') return withRequests(await readDocument(file, options, omissions))
  const mix = new Mix(options, omissions)
  const { name, read } = await addAll(kind, file, mix, omissions)
  return withRequests({ kind: name, read, ...mix.finish(), leftOut: omissions.all })
}

async function addAll(
  kind: Exclude<SourceKind, { readonly kind: 'openapi' }>,
  file: string,
  mix: Mix,
  omissions: Omissions,
): Promise<{ readonly name: string; readonly read: number }> {
  switch (kind.kind) {
    case 'har':
      return { name: 'HAR', read: addHar(await readJson(file), mix, omissions) }
    case 'list':
      return { name: 'list', read: await addList(file, mix) }
    case 'log':
      return {
        name: `access log (${kind.format.name})`,
        read: await addLog(file, kind.format, mix, omissions),
      }
  }
}

async function addList(file: string, mix: Mix): Promise<number> {
  let read = 0
  for await (const line of linesOf(file)) {
    const listed = listLine(line)
    if (!listed) continue
    read++
    if (listed.isTemplate) mix.addTemplate(listed)
    else mix.add(listed)
  }
  return read
}

async function addLog(file: string, format: LogFormat, mix: Mix, omissions: Omissions): Promise<number> {
  const reader = accessLogReader(format)
  let read = 0
  for await (const line of linesOf(file)) {
    if (line === '') continue
    read++
    const seen = reader(line)
    if (typeof seen === 'string') omissions.add(seen, line)
    else mix.add(seen)
  }
  return read
}

async function readDocument(file: string, options: ReadOptions, omissions: Omissions): Promise<ReadRequests> {
  await checkSize(file)
  // loaded on demand: only this kind of file needs it
  const { readOpenApi } = await import('./openapi/document.js')
  const document = await readOpenApi(file)
  const { read, candidates } = openApiRequests(document, options, omissions)
  const rest = candidates.slice(MOST_KINDS)
  for (const { attempts } of rest)
    omissions.add(`beyond the ${MOST_KINDS} kinds of request that a plan may have`, attempts[0].path)
  const kept = candidates.slice(0, MOST_KINDS)
  const kind = `OpenAPI ${document.openapi.split('.', 2).join('.')}`
  return { kind, read, taken: kept.length, candidates: kept, leftOut: omissions.all }
}

async function readJson(file: string): Promise<unknown> {
  await checkSize(file)
  return JSON.parse(await readFile(file, 'utf8'))
}

async function checkSize(file: string): Promise<void> {
  const { size } = await stat(file)
  if (size > LARGEST)
    throw new LoadError('LOAD_SOURCE', `${size} bytes are more than the ${LARGEST} that are read at once`)
}

/** @throws LoadError `LOAD_SOURCE` where nothing is left to send */
function withRequests(found: ReadRequests): ReadRequests {
  if (found.candidates.length > 0) return found
  const why = found.leftOut.map(({ count, reason, first }) => `${count} ${reason}${first ? ` (${first})` : ''}`)
  throw new LoadError(
    'LOAD_SOURCE',
    `${found.kind} without a request that can be sent: ${why.join('; ') || 'it is empty'}`,
  )
}
