import { LoadError } from '../error.js'
import { latin1 } from './mix/latin1.js'
import type { Mix } from './mix/mix.js'
import type { Omissions } from './mix/omissions.js'
import type { Sighting } from './mix/sighting.js'

/** What a browser negotiates by and a server may answer differently to. Cookies and credentials belong to whoever recorded them. */
const HEADERS: ReadonlySet<string> = new Set(['accept', 'content-type', 'x-requested-with'])

/** What of an entry of a HAR file (HTTP Archive 1.2) is looked at. */
interface Read {
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers?: readonly Pair[]
    readonly postData?: PostData
  }
  readonly response?: { readonly status?: number; readonly content?: { readonly mimeType?: string } }
}

interface Pair {
  readonly name: string
  readonly value?: string
}

interface PostData {
  readonly text?: string
  readonly params?: readonly Pair[]
}

/**
 * Takes the entries of a HAR file that went to the site it was recorded at: that of its first document.
 * @returns how many entries it has
 * @throws LoadError `LOAD_SOURCE` for JSON that is no HAR
 */
export function addHar(json: unknown, mix: Mix, omissions: Omissions): number {
  const entries = entriesOf(json)
  const site = siteOf(entries)
  for (const entry of entries) {
    const url = urlOf(entry)
    if (url === undefined) omissions.add('with no URL of HTTP', String(entry?.request?.url))
    else if (url.host !== site) omissions.add(`to other sites than ${site}`, url.href)
    else mix.add(sightingOf(entry as Read, url))
  }
  return entries.length
}

/** @throws LoadError `LOAD_SOURCE` */
function entriesOf(json: unknown): readonly Partial<Read>[] {
  const entries = (json as { readonly log?: { readonly entries?: unknown } } | null)?.log?.entries
  if (Array.isArray(entries)) return entries
  throw new LoadError(
    'LOAD_SOURCE',
    'the HAR file has no log.entries: export it again, as a HAR with content or without',
  )
}

/** A page of the site comes first, whatever it then loads from elsewhere. */
function siteOf(entries: readonly Partial<Read>[]): string | undefined {
  const document = entries.find(
    ({ response }) => response?.content?.mimeType?.startsWith('text/html') && (response.status ?? 0) < 400,
  )
  return [document, ...entries].map((entry) => entry && urlOf(entry)?.host).find((host) => host !== undefined)
}

function urlOf(entry: Partial<Read> | null): URL | undefined {
  const url = entry?.request?.url
  return typeof url === 'string' && /^https?:/i.test(url) && URL.canParse(url) ? new URL(url) : undefined
}

function sightingOf({ request, response }: Read, url: URL): Sighting {
  const headers = Object.fromEntries(
    (Array.isArray(request.headers) ? request.headers : [])
      .filter(({ name, value }) => HEADERS.has(String(name).toLowerCase()) && !/[\r\n\0]/.test(String(value)))
      .map(({ name, value }) => [name.toLowerCase(), String(value)]),
  )
  const body = bodyOf(request.postData)
  // 0 stands for an answer that never came, 304 for one that the browser's cache made
  const status = response?.status || undefined
  return {
    method: String(request.method).toUpperCase(),
    target: latin1(url.pathname + url.search),
    host: url.host,
    ...(status !== undefined && { status }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(body !== undefined && { body }),
  }
}

/** Some writers keep a form's fields only. */
function bodyOf(data: PostData | undefined): string | undefined {
  if (typeof data?.text === 'string') return data.text
  if (!Array.isArray(data?.params)) return undefined
  return new URLSearchParams(data.params.map(({ name, value = '' }) => [name, value] as [string, string])).toString()
}
