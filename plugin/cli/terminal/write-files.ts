import { writeText } from '../../base/write-file.js'
import type { Files, Forms } from '../forms/form.js'
import { messageOf } from './message.js'
import type { Terminal } from './progress.js'

/** Writes each file that is asked for; says which could not be written. @returns whether all were */
export async function writeFiles<Name extends string, Subject>(
  files: Files<NoInfer<Name>>,
  forms: Forms<Name, Subject>,
  subject: Subject,
  { err }: Terminal,
): Promise<boolean> {
  let whole = true
  for (const [name, file] of Object.entries(files) as [Name, string][]) {
    try {
      await writeText(file, forms[name].text(subject))
    } catch (error) {
      err.write(`resty-leak: cannot write ${file}: ${messageOf(error)}\n`)
      whole = false
    }
  }
  return whole
}
