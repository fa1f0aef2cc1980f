import { escapedLines } from '../base/escape.js'
import { ForgeError } from './error.js'
import type { Posted } from './thread.js'

/** An answer may take so long, in ms: comments are small. */
const PATIENCE_MS = 30_000

/** One call of an API, and whom to blame. */
export interface Question {
  /** `GitHub` */
  readonly forge: string
  /** What it is for: `comment on pull request 7 of owner/name`. */
  readonly purpose: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
  /** What to do about a token that is not valid, or may not do this. */
  readonly advice: { readonly token: string; readonly rights: string }
}

/** @returns what the API answered, as JSON, and its headers. @throws ForgeError */
export async function ask(question: Question): Promise<{ readonly answer: unknown; readonly headers: Headers }> {
  const { forge, purpose, method, url, headers, body, advice } = question
  const cannot = `cannot ${purpose}: ${forge} (${method} ${url})`
  let response: Response
  let text: string
  try {
    response = await fetch(url, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    text = await response.text()
  } catch (cause) {
    const reason = reasonOf(cause)
    throw new ForgeError('FORGE_UNREACHABLE', `${cannot} does not answer: ${reason}. Run the job again.`, { cause })
  }
  if (response.ok) return { answer: parsed(text, cannot), headers: response.headers }
  const said = `${cannot} answers ${response.status} ${wordsOf(text)}`.trimEnd()
  if (response.status === 401) throw new ForgeError('FORGE_TOKEN', `${said}. ${advice.token}`)
  // GitLab and GitHub answer 404 for what a token may not see.
  if (response.status === 403 || response.status === 404)
    throw new ForgeError('FORGE_RIGHTS', `${said}. ${advice.rights}`)
  throw new ForgeError(
    'FORGE_ANSWER',
    `${said}. ${response.status >= 500 ? 'Run the job again.' : 'See its documentation of this call.'}`,
  )
}

/** The same where a list is the answer. @throws ForgeError */
export async function askList(
  question: Question,
): Promise<{ readonly list: readonly Posted[]; readonly headers: Headers }> {
  const { answer, headers } = await ask(question)
  if (Array.isArray(answer)) return { list: answer as Posted[], headers }
  const { forge, purpose, method, url } = question
  throw new ForgeError(
    'FORGE_ANSWER',
    `cannot ${purpose}: ${forge} (${method} ${url}) answers no list. Is its address that of an API?`,
  )
}

function parsed(text: string, cannot: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ForgeError('FORGE_ANSWER', `${cannot} answers no JSON. Is its address that of an API?`, { cause })
  }
}

/** The message of an error, as both write it; a page of a proxy says nothing that helps. */
function wordsOf(text: string): string {
  try {
    const { message, error } = JSON.parse(text) as { message?: unknown; error?: unknown }
    const words = message ?? error ?? ''
    return escapedLines(typeof words === 'string' ? words : JSON.stringify(words)).slice(0, 200)
  } catch {
    return ''
  }
}

/** `fetch failed` alone says nothing: the cause below it does. */
function reasonOf(error: unknown): string {
  const { message, name, cause } = error as Error
  if (name === 'TimeoutError') return `nothing came in ${PATIENCE_MS / 1000} s`
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : message
}
