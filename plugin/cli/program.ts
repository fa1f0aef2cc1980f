import { Command, CommanderError } from 'commander'
import { packageVersion } from '../compare/sides/identity.js'
import { commentCommand } from './comment.js'
import { compareCommand } from './compare.js'
import { diffCommand } from './diff.js'
import { doctorCommand } from './doctor.js'
import { heapCommand } from './heap.js'
import { memoryCommand } from './memory.js'
import { reportCommand } from './report.js'
import { routesCommand } from './routes.js'
import { runCommand } from './run.js'
import { snapshotCommand } from './snapshot.js'
import { bisectCode } from './terminal/bisect.js'
import { EXIT } from './terminal/exit.js'
import { errorText } from './terminal/message.js'
import type { Terminal } from './terminal/progress.js'
import { watchCommand } from './watch.js'

/** `resty-leak` as a whole: reads the arguments, runs the subcommand, and returns the exit code. Never throws for what a user can cause. */
export async function program(args: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = EXIT.passed
  const command = new Command('resty-leak')
    .description("Finds memory leaks of OpenResty by the reference path that grows in a worker's Lua heap.")
    .version(await packageVersion())
    .addCommand(runCommand(terminal, (result) => (code = result)))
    .addCommand(compareCommand(terminal, (result) => (code = result)))
    .addCommand(doctorCommand(terminal, (result) => (code = result)))
    .addCommand(reportCommand(terminal, (result) => (code = result)))
    .addCommand(heapCommand(terminal, (result) => (code = result)))
    .addCommand(memoryCommand(terminal, (result) => (code = result)))
    .addCommand(routesCommand(terminal, (result) => (code = result)))
    .addCommand(snapshotCommand(terminal, (result) => (code = result)))
    .addCommand(watchCommand(terminal, (result) => (code = result)))
    .addCommand(commentCommand(terminal, (result) => (code = result)))
    .addCommand(diffCommand(terminal, (result) => (code = result)))
    .addHelpText('after', EXIT_CODES)
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

const EXIT_CODES = `
Exit codes: 0 passed; 1 a growth, or a violated budget or threshold; 2 wrong arguments; 3 could not measure; 130 interrupted.`

/** What a subcommand throws, it throws before anything has started: its arguments were wrong. Anything without a code is a bug of ours. */
function usageCode(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.passed : EXIT.usage
  if (!(error instanceof Error) || !('code' in error)) throw error
  terminal.err.write(errorText(error.message, terminal))
  return EXIT.usage
}
