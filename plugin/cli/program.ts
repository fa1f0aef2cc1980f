import { Command, CommanderError } from 'commander'
import { packageVersion } from '../base/package-files.js'
import { bisectCode } from './terminal/bisect.js'
import { EXIT } from './terminal/exit.js'
import { errorText } from './terminal/message.js'
import type { Terminal } from './terminal/progress.js'

/** Makes a subcommand; `done` gets its exit code. */
type MakeCommand = (terminal: Terminal, done: (code: number) => void) => Command

/** In the order of the help. Each is loaded where it is asked for, since a command waits for what it loads. */
const COMMANDS: Readonly<Record<string, () => Promise<MakeCommand>>> = {
  init: async () => (await import('./init.js')).initCommand,
  run: async () => (await import('./run.js')).runCommand,
  compare: async () => (await import('./compare.js')).compareCommand,
  doctor: async () => (await import('./doctor.js')).doctorCommand,
  report: async () => (await import('./report.js')).reportCommand,
  heap: async () => (await import('./heap.js')).heapCommand,
  memory: async () => (await import('./memory.js')).memoryCommand,
  routes: async () => (await import('./routes.js')).routesCommand,
  snapshot: async () => (await import('./snapshot.js')).snapshotCommand,
  watch: async () => (await import('./watch.js')).watchCommand,
  comment: async () => (await import('./comment.js')).commentCommand,
  diff: async () => (await import('./diff.js')).diffCommand,
}

/** `resty-leak` as a whole: reads the arguments, runs the subcommand, and returns the exit code. Never throws for what a user can cause. */
export async function program(args: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = EXIT.passed
  const command = new Command('resty-leak')
    .description("Finds memory leaks of OpenResty by the reference path that grows in a worker's Lua heap.")
    .version(await packageVersion())
    .addHelpText('after', EXIT_CODES)
  for (const make of await Promise.all(asked(args).map((load) => load()))) {
    command.addCommand(make(terminal, (result) => (code = result)))
  }
  for (const each of [command, ...command.commands]) {
    each.exitOverride().configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    each.showHelpAfterError(`(resty-leak ${each === command ? '' : `${each.name()} `}--help lists the options)`)
  }
  try {
    await command.parseAsync([...args], { from: 'user' })
  } catch (error) {
    const wrong = usageCode(error, terminal)
    // An option that does not exist is refused before `run` knows of its others.
    return args[0] === 'run' && args.includes('--bisect') ? bisectCode(wrong) : wrong
  }
  return code
}

/** The subcommand that the arguments begin with; all of them where they begin otherwise, since the help lists all. */
function asked([name = '']: readonly string[]): readonly (() => Promise<MakeCommand>)[] {
  if (name === '-V' || name === '--version') return []
  return Object.hasOwn(COMMANDS, name) ? [COMMANDS[name]!] : Object.values(COMMANDS)
}

const EXIT_CODES = `
Exit codes: 0 passed; 1 a growth, or a violated budget or threshold; 2 wrong arguments; 3 could not measure; 130 interrupted.`

/** What a subcommand throws, it throws before anything has started: its arguments were wrong. Anything without a code is a bug of ours. */
function usageCode(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.passed : EXIT.usage
  if (!(error instanceof Error) || !('code' in error)) throw error
  terminal.err.write(errorText(error.message, terminal))
  return EXIT.usage
}
