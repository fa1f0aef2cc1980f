import { parentPort, workerData } from 'node:worker_threads'
import type { LoadError } from '../error.js'
import { driveHere } from './autocannon.js'
import type { Part } from './part.js'
import { importScript } from './script.js'
import type { ThreadMessage } from './threads.js'

/** A client thread: drives the part it was started with, and stops on the first message. */
const { part, script } = workerData as { readonly part: Part; readonly script: string | undefined }
const stop = new AbortController()
const tell = (message: ThreadMessage) => parentPort?.postMessage(message)

parentPort?.once('message', () => stop.abort())
try {
  const count = await driveHere(part, {
    script: script === undefined ? null : await importScript(script),
    signal: stop.signal,
    onProgress: (progress) => tell({ progress }),
  })
  tell({ count })
} catch (error) {
  // Errors lose their class and code on the way; the text is what counts.
  const { code, stack, message } = error as Partial<LoadError>
  tell({ error: { code, message: message ?? String(error), stack } })
}
parentPort?.close()
