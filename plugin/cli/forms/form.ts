/** One form in which a command writes what it found to a file. */
export interface Form<Subject> {
  /** Where its option is more than `--NAME <file>`. */
  readonly flags?: string
  /** What the command's help says of it. */
  readonly help: string
  /** What makes it may be loaded only now. */
  readonly text: (subject: Subject) => string | Promise<string>
}

/** All forms of a command, by the names of their options. */
export type Forms<Name extends string, Subject> = Readonly<Record<Name, Form<Subject>>>

/** What a file is called that is stdout. */
export const STDOUT = '-'

/** The files that are asked for: absolute paths, or `-` for stdout. */
export type Files<Name extends string> = Readonly<Partial<Record<Name, string>>>
