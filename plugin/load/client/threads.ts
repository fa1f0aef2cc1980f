import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { packageFile } from '../../base/package-files.js'
import { LoadError, type LoadErrorCode } from '../error.js'
import type { LoadCount } from '../progress.js'
import type { Part, PartCount } from './part.js'

/** An error on its way from a thread. */
export interface ThreadFailure {
  readonly code?: LoadErrorCode | undefined
  readonly message: string
  readonly stack?: string | undefined
}

/** What a client thread says: how far it is, and at last what it counted or why it failed. */
export type ThreadMessage =
  | { readonly progress: LoadCount }
  | { readonly count: PartCount }
  | { readonly error: ThreadFailure }

export interface ThreadsOptions {
  /** Script that every thread imports for itself. */
  readonly script: string | undefined
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((count: LoadCount) => void) | undefined
}

/** Drives each part in a thread of its own. If one fails, the others are stopped and its error is thrown. */
export async function driveThreads(parts: readonly Part[], options: ThreadsOptions): Promise<PartCount[]> {
  const { script, signal, onProgress } = options
  const entry = threadEntry()
  const workers = parts.map((part) => new Worker(entry, { workerData: { part, script }, execArgv: [] }))
  const stop = () => {
    for (const worker of workers) worker.postMessage('stop')
  }
  const failures: unknown[] = []
  const counts = parts.map((): LoadCount => ({ completed: 0, errors: 0 }))
  const runs = workers.map(async (worker, index) => {
    try {
      return await countOf(worker, (count) => {
        counts[index] = count
        onProgress?.(counts.reduce(sum))
      })
    } catch (error) {
      failures.push(error)
      stop()
      return null
    }
  })
  signal?.addEventListener('abort', stop, { once: true })
  const ended = await Promise.all(runs)
  signal?.removeEventListener('abort', stop)
  signal?.throwIfAborted()
  if (failures.length > 0) throw failures[0]
  return ended.filter((count) => count !== null)
}

function sum(all: LoadCount, each: LoadCount): LoadCount {
  return { completed: all.completed + each.completed, errors: all.errors + each.errors }
}

function countOf(worker: Worker, onProgress: (count: LoadCount) => void): Promise<PartCount> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: ThreadMessage) => {
      if ('progress' in message) onProgress(message.progress)
      else if ('count' in message) resolve(message.count)
      else reject(threadError(message.error))
    })
    worker.on('error', (cause) => reject(new LoadError('LOAD_THREAD', `a client thread failed: ${cause}`, { cause })))
    worker.on('exit', (code) => reject(new LoadError('LOAD_THREAD', `a client thread ended early, with code ${code}`)))
  })
}

function threadError({ code, message, stack }: ThreadFailure): LoadError {
  return code === undefined
    ? new LoadError('LOAD_THREAD', `a client thread failed: ${stack ?? message}`)
    : new LoadError(code, message)
}

/** A thread starts from JavaScript: where this code runs from source, too. */
function threadEntry(): string {
  const built = packageFile('dist/load/client/thread.js')
  if (existsSync(built)) return built
  throw new LoadError('LOAD_THREAD', `client threads need ${built}: build the package (npm run build)`)
}
