import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { nearest } from '../../base/nearest.js'
import type { LoadResult } from '../../types/load.js'
import type { RequestInput, RequestSpec } from '../../types/request.js'
import { LoadError } from '../error.js'
import { nameOf } from '../plan/request.js'

/** One answer, as a script sees it. */
export interface ScriptAnswer {
  /** Name of the request. */
  readonly request: string
  readonly status: number
  /** Names in lower case; values of a repeated header are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The hooks of wrk's scripts that people use, as exports of an ES module. */
export interface LoadScript {
  /** Before each request: what is planned, and its number. What it returns is sent instead, to the same server. */
  request?(planned: RequestSpec, n: number): RequestInput | undefined
  response?(answer: ScriptAnswer): void
  /** Once, after the last answer. */
  done?(result: LoadResult): void | Promise<void>
}

/** What the driver knows of an answer, in a script's terms. */
export function scriptAnswer(
  request: RequestSpec,
  answer: { readonly status: number; readonly headers: readonly string[]; readonly body: readonly Buffer[] },
): ScriptAnswer {
  const headers: Record<string, string> = {}
  for (let index = 0; index < answer.headers.length; index += 2) {
    const name = answer.headers[index]!.toLowerCase()
    const value = answer.headers[index + 1]!
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value
  }
  return { request: nameOf(request), status: answer.status, headers, body: Buffer.concat(answer.body).toString() }
}

const HOOKS = ['request', 'response', 'done'] as const

/**
 * Imports a script by absolute path or file URL. Throws a LoadError `LOAD_SCRIPT` if it can't be imported (its stack is
 * shown), exports none of the hooks, or something that is not one.
 */
export async function importScript(path: string): Promise<LoadScript> {
  if (!isAbsolute(path) && !path.startsWith('file:')) {
    throw new LoadError('LOAD_SCRIPT', `script '${path}' is a relative path: write it in full, or as a file URL`)
  }
  const module = await importModule(path)
  const hooks: Record<string, unknown> = typeof module.default === 'object' ? { ...module.default } : { ...module }
  for (const [name, hook] of Object.entries(hooks)) {
    if ((HOOKS as readonly string[]).includes(name) && typeof hook === 'function') continue
    const near = nearest(name, HOOKS)
    throw new LoadError(
      'LOAD_SCRIPT',
      `script ${path} exports '${name}', which is no hook${near && near !== name ? ` (did you mean ${near}?)` : ''}: ` +
        `export functions named ${HOOKS.join(', ')}`,
    )
  }
  if (Object.keys(hooks).length === 0) {
    throw new LoadError('LOAD_SCRIPT', `script ${path} exports no hook: export functions named ${HOOKS.join(', ')}`)
  }
  return hooks as LoadScript
}

async function importModule(path: string): Promise<{ readonly default?: unknown }> {
  try {
    return await import(path.startsWith('file:') ? path : pathToFileURL(path).href)
  } catch (cause) {
    throw new LoadError('LOAD_SCRIPT', `script ${path} can't be imported: ${stackOf(cause)}`, { cause })
  }
}

/** What a hook threw, as an error that shows where. */
export function scriptFailure(hook: keyof LoadScript, cause: unknown): LoadError {
  return new LoadError('LOAD_SCRIPT', `${hook}() of the load script threw; the load was stopped. ${stackOf(cause)}`, {
    cause,
  })
}

function stackOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
}
