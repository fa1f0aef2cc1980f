import { nearest } from '../../base/nearest.js'
import type { RequestInput, RequestSpec } from '../../types/request.js'
import { LoadError } from '../error.js'

const KEYS = ['name', 'method', 'path', 'headers', 'body', 'weight', 'abortAfterMs'] as const
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
  checkHeaders(given.headers ?? {})
  const weight = given.weight ?? 1
  if (!(weight > 0 && Number.isFinite(weight))) {
    throw bad(`weight ${weight} of ${method} ${given.path}`, 'is no share', 'write a number above 0')
  }
  const { abortAfterMs = 0 } = given
  if (!(abortAfterMs >= 0 && Number.isFinite(abortAfterMs))) {
    throw bad(`abortAfterMs ${abortAfterMs} of ${method} ${given.path}`, 'is no time', 'write milliseconds from 0 up')
  }
  return { ...given, method, weight, name: nameOf({ ...given, method }) }
}

/** The name that reports use: the given one, or `METHOD /path`. */
export function nameOf({ name, method = 'GET', path }: RequestSpec): string {
  return name ?? `${method} ${path}`
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
