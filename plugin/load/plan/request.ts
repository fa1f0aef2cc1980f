import { nearest } from '../../base/nearest.js'
import type { Moment } from '../../types/moment.js'
import type { RequestInput, RequestSpec } from '../../types/request.js'
import { LoadError } from '../error.js'

const KEYS = ['name', 'method', 'path', 'headers', 'body', 'port', 'socket', 'weight', 'abortAfterMs'] as const
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/
const FORMS = "write '/path', 'METHOD /path', a URL such as 'http://api.test:8080/path', or { method, path, ... }"

/**
 * A request as users write it (`'/t'`, `'POST /t?x=1'`, `'https://api.test:8443/t'` or an object) with `name`, `method`
 * and `weight` filled in. A URL stays in `path`: its port is the conf's port, its host becomes Host and SNI.
 * Throws a LoadError `LOAD_BAD_REQUEST` that names the value and the legal forms.
 */
export function parseRequest(input: RequestInput): RequestSpec {
  const given = typeof input === 'string' ? fromText(input) : input
  if (typeof given !== 'object' || given === null) throw bad(String(given), 'is no request', FORMS)
  for (const key of Object.keys(given)) {
    if ((KEYS as readonly string[]).includes(key)) continue
    const near = nearest(key, KEYS)
    throw bad(
      `option '${key}' of a request`,
      'does not exist',
      near ? `did you mean ${near}?` : `legal: ${KEYS.join(', ')}`,
    )
  }
  const method = given.method ?? 'GET'
  if (typeof method !== 'string' || !TOKEN.test(method)) throw bad(`method '${method}'`, 'is no HTTP method', FORMS)
  checkPath(given.path)
  checkPlace(given)
  checkHeaders(given.headers ?? {})
  const weight = given.weight ?? 1
  if (!(weight > 0 && Number.isFinite(weight))) {
    throw bad(`weight ${weight} of ${method} ${given.path}`, 'is no share', 'write a number above 0')
  }
  const { abortAfterMs = 0 } = given
  if (!(abortAfterMs >= 0 && Number.isFinite(abortAfterMs))) {
    throw bad(`abortAfterMs ${abortAfterMs} of ${method} ${given.path}`, 'is no time', 'write milliseconds from 0 up')
  }
  return { ...given, ...socketOf(given), method, weight, name: nameOf({ ...given, method }) }
}

/** Methods whose empty body has to be announced (RFC 9110, 8.6). */
export const TAKES_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

/** The name that reports use: the given one, or `METHOD /path`. */
export function nameOf({ name, method = 'GET', path, port, socket }: RequestSpec): string {
  const place = port !== undefined ? ` on port ${port}` : socket !== undefined ? ` on unix:${socket}` : ''
  return name ?? `${method} ${path}${place}`
}

/** The names of those that a load consisted of, as its moment tells them. */
export function namesTold(requests: readonly RequestSpec[]): Pick<Moment, 'request' | 'requests'> {
  const [first] = requests
  return requests.length === 1 ? { request: nameOf(first!) } : { requests: requests.map(nameOf) }
}

/** Whether a request says itself which server it is for: by a URL, a port, a socket or a Host header. */
export function namesItsServer({ path, port, socket, headers = {} }: RequestSpec): boolean {
  if (!path.startsWith('/') || (port ?? socket) !== undefined) return true
  return Object.keys(headers).some((name) => name.toLowerCase() === 'host')
}

/** The requests, those that name no place of their own with the one that all of them are sent to. Checked as each request's own is. */
export function placedAt(
  requests: readonly RequestSpec[],
  { port, socket }: Pick<RequestSpec, 'port' | 'socket'>,
): RequestSpec[] {
  return requests.map((request) => {
    const isPlaced = !request.path.startsWith('/') || (request.port ?? request.socket) !== undefined
    if (isPlaced || (port ?? socket) === undefined) return request
    return parseRequest({ ...request, ...(port !== undefined && { port }), ...(socket !== undefined && { socket }) })
  })
}

function fromText(text: string): RequestSpec {
  const words = text.trim().split(/\s+/)
  const [first = '', second] = words
  if (words.length > 2 || first === '') throw bad(`'${text}'`, 'is no request', FORMS)
  return second === undefined ? { path: first } : { method: first.toUpperCase(), path: second }
}

function checkPath(path: unknown): void {
  if (typeof path !== 'string' || path === '') throw bad(`path ${JSON.stringify(path)}`, 'is no path', FORMS)
  if (/[\s\p{Cc}]/u.test(path)) {
    throw bad(`path ${JSON.stringify(path)}`, 'holds white space or a control character', 'percent-encode it (%20)')
  }
  if (path.startsWith('/')) return
  if (!/^https?:\/\//i.test(path) || !URL.canParse(path)) {
    throw bad(`'${path}'`, 'is neither a path that begins with / nor an http or https URL', FORMS)
  }
  const { username, password } = new URL(path)
  if (username || password) {
    throw bad(`'${path}'`, 'holds a user name', 'send an Authorization header instead')
  }
}

function checkPlace({ path, port, socket }: RequestSpec): void {
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65536)) {
    throw bad(`port ${port} of ${path}`, 'is no port', 'write a number from 1 to 65535')
  }
  if (socket !== undefined && !/^(?:unix:)?[^\s:]/.test(socket)) {
    throw bad(`socket '${socket}' of ${path}`, 'is no path', "write it as the conf does, '/run/app.sock'")
  }
  if (port !== undefined && socket !== undefined) {
    throw bad(`${path}`, 'names both a port and a socket', 'a request goes to one of them')
  }
  if ((port ?? socket) !== undefined && !path.startsWith('/')) {
    throw bad(`'${path}'`, 'is a URL beside a port or a socket', 'write the path alone')
  }
}

/** With or without nginx's `unix:` in front. */
function socketOf({ socket }: RequestSpec): Pick<RequestSpec, 'socket'> {
  return socket === undefined ? {} : { socket: socket.replace(/^unix:/, '') }
}

function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!TOKEN.test(name)) throw bad(`header name '${name}'`, 'is not legal in HTTP', 'use letters, digits and -')
    if (/[\r\n\0]/.test(value)) {
      throw bad(`header ${name}: ${JSON.stringify(value)}`, 'holds a line end or a NUL', 'keep it on one line')
    }
  }
}

function bad(what: string, why: string, wayOut: string): LoadError {
  return new LoadError('LOAD_BAD_REQUEST', `${what} ${why}: ${wayOut}`)
}
