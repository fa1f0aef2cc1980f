import { writeText } from '../../base/write-file.js'
import { type Files, type Forms, STDOUT } from '../forms/form.js'
import { messageOf } from './message.js'
import type { Terminal } from './progress.js'

/** A command's terminal for what people read: all on stderr where stdout is one of the files, which then has nothing else. */
export function besideFiles(terminal: Terminal, files: Files<string>): Terminal {
  return Object.values(files).includes(STDOUT) ? { ...terminal, out: terminal.err } : terminal
}

/** Writes each file that is asked for; says which could not be written. @returns whether all were */
export async function writeFiles<Name extends string, Subject>(
  files: Files<NoInfer<Name>>,
  forms: Forms<Name, Subject>,
  subject: Subject,
  { out, err }: Terminal,
): Promise<boolean> {
  let whole = true
  for (const [name, file] of Object.entries(files) as [Name, string][]) {
    try {
      const text = await forms[name].text(subject)
      if (file === STDOUT) out.write(text)
      else await writeText(file, text)
    } catch (error) {
      err.write(`resty-leak: cannot write ${file}: ${messageOf(error)}\n`)
      whole = false
    }
  }
  return whole
}
