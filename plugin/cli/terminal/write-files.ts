import { writeText } from '../../base/write-file.js'
import { messageOf } from './message.js'
import type { Terminal } from './progress.js'

/** Writes each file that is asked for; says which could not be written. @returns whether all were */
export async function writeFiles(
  files: readonly (readonly [file: string | undefined, text: () => string])[],
  { err }: Terminal,
): Promise<boolean> {
  let whole = true
  for (const [file, text] of files) {
    if (file === undefined) continue
    try {
      await writeText(file, text())
    } catch (error) {
      err.write(`resty-leak: cannot write ${file}: ${messageOf(error)}\n`)
      whole = false
    }
  }
  return whole
}
