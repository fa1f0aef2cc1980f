import type { RequestSpec } from '../../../types/request.js'
import type { Candidate } from '../mix/candidate.js'
import type { Omissions } from '../mix/omissions.js'
import { isSafe } from '../mix/safe-method.js'
import { cleanHost } from '../mix/target.js'
import type { OpenApi, OpenApiServer, Operation, Parameter, PathItem } from './types.js'
import { bodyText, exampleText, varyingText } from './value.js'

const METHODS = ['get', 'head', 'options', 'post', 'put', 'patch', 'delete'] as const

/** How a parameter's value is chosen; undefined leaves the parameter out. */
type Values = (parameter: Parameter) => string | undefined

/**
 * The operations of a document, each tried in turn with values that vary for all parameters, for those that are required, and with the
 * document's own examples.
 * @returns how many operations it has, and what can be sent of them
 */
export function openApiRequests(
  document: OpenApi,
  { unsafe }: { readonly unsafe: boolean },
  omissions: Omissions,
): { readonly read: number; readonly candidates: readonly Candidate[] } {
  let read = 0
  const candidates: Candidate[] = []
  for (const [path, item] of Object.entries(document.paths ?? {})) {
    for (const method of METHODS) {
      const operation = item?.[method] as Operation | undefined
      if (!operation || typeof operation !== 'object') continue
      read++
      const name = method.toUpperCase()
      if (!isSafe(name) && !unsafe) omissions.add(`${name}, which may change state`, `${name} ${path}`)
      else candidates.push(candidateOf(document, { path, item: item!, method: name, operation }))
    }
  }
  return { read, candidates }
}

interface Found {
  readonly path: string
  readonly item: PathItem
  readonly method: string
  readonly operation: Operation
}

function candidateOf(document: OpenApi, found: Found): Candidate {
  const { base, host } = serverOf(found.operation.servers ?? found.item.servers ?? document.servers)
  const parameters = parametersOf(found)
  const ways: readonly Values[] = [
    varyingText,
    (parameter) => (parameter.required ? varyingText(parameter) : undefined),
    (parameter) => exampleText(parameter) ?? (parameter.required ? varyingText(parameter) : undefined),
  ]
  const requests = ways.map((values) => requestOf(found, base, host, parameters, values))
  const attempts = requests.filter(
    (request, index) => requests.findIndex((other) => JSON.stringify(other) === JSON.stringify(request)) === index,
  )
  return { attempts: attempts as [RequestSpec, ...RequestSpec[]] }
}

/** An operation's own parameters come before those of its path. */
function parametersOf({ item, operation }: Found): readonly Parameter[] {
  const byName = new Map<string, Parameter>()
  for (const parameter of [...list(item.parameters), ...list(operation.parameters)]) {
    if (typeof parameter?.name === 'string') byName.set(`${parameter.in} ${parameter.name}`, parameter)
  }
  return [...byName.values()]
}

function requestOf(
  { path, method, operation }: Found,
  base: string,
  host: string | undefined,
  parameters: readonly Parameter[],
  values: Values,
): RequestSpec {
  const of = (place: string) =>
    parameters
      .filter((parameter) => parameter.in === place)
      .flatMap((parameter) => {
        const value = values(place === 'path' ? { ...parameter, required: true } : parameter)
        return value === undefined ? [] : [[parameter.name!, value] as const]
      })
  const inPath = new Map(of('path'))
  const filled = path.replace(/\{([^{}]+)\}/g, (_, name: string) => encoded(inPath.get(name) ?? '{n}'))
  const query = of('query').map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
  const cookies = of('cookie').map(([name, value]) => `${name}=${encoded(value)}`)
  const headers: Record<string, string> = {
    ...(host !== undefined && { Host: host }),
    ...Object.fromEntries(of('header').filter(([name]) => !RESERVED.has(name.toLowerCase()))),
    ...(cookies.length > 0 && { Cookie: cookies.join('; ') }),
  }
  const [type, media] = isSafe(method) ? [] : bodyOf(operation)
  if (type !== undefined) headers['Content-Type'] = type
  return {
    method,
    path: `${base}${filled}${query.length > 0 ? `?${query.join('&')}` : ''}`,
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(media && { body: bodyText(media) }),
  }
}

/** OpenAPI 3 leaves parameters with these names aside. */
const RESERVED: ReadonlySet<string> = new Set(['accept', 'content-type', 'authorization'])

function bodyOf({ requestBody }: Operation) {
  const types = Object.entries(requestBody?.content ?? {})
  return types.find(([type]) => /^application\/(?:.*\+)?json/.test(type)) ?? types[0] ?? []
}

/** Path of the first server, without its end; its host, where it has a name. */
function serverOf(servers: readonly OpenApiServer[] | undefined): {
  readonly base: string
  readonly host: string | undefined
} {
  const [server] = list(servers)
  const url = (server?.url ?? '/').replace(
    /\{([^{}]+)\}/g,
    (_, name: string) => server?.variables?.[name]?.default ?? '',
  )
  if (!URL.canParse(url, 'http://localhost')) return { base: '', host: undefined }
  const { pathname, hostname } = new URL(url, 'http://localhost')
  return { base: encoded(pathname.replace(/\/$/, '')), host: cleanHost(hostname) }
}

/** What a path or a query cannot carry is percent-encoded; placeholders stay. */
function encoded(text: string): string {
  return text
    .split(/(\{(?:n|uuid|random:-?\d+--?\d+)\})/)
    .map((part, index) => (index % 2 === 1 ? part : encodeURI(part).replace(/[#?&+]/g, encodeURIComponent)))
    .join('')
}

/** A document may have anything where a list belongs. */
function list<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value : []
}
