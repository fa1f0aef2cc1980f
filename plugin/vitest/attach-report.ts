import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { debugLog } from '../base/debug.js'
import { makeTempFolder } from '../base/temp-folder.js'
import { placeWords } from '../heap/owner/place-words.js'
import { reportHtml } from '../report/html/html.js'
import type { LeakReport } from '../types/report.js'

const log = debugLog('test')

/** Bytes of a note, at most: Vitest makes the name of a file of it. */
const MOST = 160

/** What is used of a test, in Vitest 4 and later. */
export interface AnnotatedTask {
  readonly name: string
  readonly context: {
    annotate?(message: string, type: string, attachment: { path: string; contentType: string }): Promise<unknown>
    onTestFinished(wait: () => Promise<unknown>): void
  }
}

/**
 * Attaches the page of a failed measurement to its test, with a note that says what grew and which line adds it: Vitest's
 * HTML report and its UI show both. A test fails for its leak alone, never for what could not be attached.
 * @param headline what the failure begins with
 */
export function attachReport(task: AnnotatedTask, report: LeakReport, headline: string): void {
  const { context } = task
  if (context.annotate === undefined) return
  // Of a call below a frame of the test Vitest notes that frame, and on GitHub shows it beside our own annotation of the Lua line.
  const attached = Promise.resolve().then(() => annotate(task, report, note(headline, report)))
  context.onTestFinished(() => attached.catch((error: unknown) => log('cannot attach the report: %O', error)))
}

async function annotate({ name, context }: AnnotatedTask, report: LeakReport, message: string): Promise<void> {
  const folder = makeTempFolder({ keep: false })
  try {
    const path = join(folder.path, 'report.html')
    writeFileSync(path, reportHtml(report, { title: name }))
    // Vitest copies it.
    await context.annotate?.(message, 'leak', { path, contentType: 'text/html' })
  } finally {
    await folder.remove()
  }
}

/** `heap grew on 1 path: ...; added at lua/demo.lua:5`. */
function note(headline: string, { growths, process }: LeakReport): string {
  const [added] = [...growths, ...process.growths].flatMap(({ addedAt = [] }) => addedAt.slice(0, 1))
  const whole = `${headline.replace(/:$/, '')}${added ? `; added at ${placeWords(added)}` : ''}`
  return Buffer.from(whole)
    .subarray(0, MOST)
    .toString()
    .replace(/\ufffd$/, '')
}
