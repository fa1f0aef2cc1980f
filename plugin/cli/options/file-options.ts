import { type Command, Option } from 'commander'
import { type Files, type Form, type Forms, STDOUT } from '../forms/form.js'
import { writable } from './paths.js'
import { UsageError } from './usage.js'

/** What commander hands over of files to write; true where an option was given without the file that it may name. */
export type FileArguments<Name extends string> = Readonly<Partial<Record<Name, string | true>>>

/** Adds an option for each form to a command. */
export function withFileOptions(command: Command, forms: Forms<string, never>): Command {
  for (const [name, form] of Object.entries(forms)) command.option(flagsOf(name, form), form.help)
  return command
}

function flagsOf(name: string, { flags = `--${name} <file>` }: Form<never>): string {
  return flags
}

/** A file that cannot be written should be known before the measurement, not after it. @throws UsageError */
export async function filesOf<Name extends string>(
  given: FileArguments<NoInfer<Name>>,
  forms: Forms<Name, never>,
): Promise<Files<Name>> {
  const files: Partial<Record<Name, string>> = {}
  for (const name of Object.keys(forms) as Name[]) {
    const file = given[name]
    if (file === STDOUT) files[name] = STDOUT
    else if (typeof file === 'string') files[name] = await writable(new Option(flagsOf(name, forms[name])).long!, file)
  }
  if (Object.values(files).filter((file) => file === STDOUT).length > 1) {
    throw new UsageError(`${STDOUT} is stdout, which takes one file: give the others names.`)
  }
  return files
}
