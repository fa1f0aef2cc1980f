import { Command, Option } from 'commander'
import { escapedLines } from '../report/escape.js'
import { RuntimeError } from '../runtime/error.js'
import { type SelfCheck, selfCheck } from '../self-check.js'
import type { RuntimeChoice } from '../types.js'
import { EXIT } from './exit.js'
import { Interrupt } from './interrupt.js'
import { messageOf } from './message.js'
import { Progress, type Terminal } from './progress.js'
import { executable } from './run-options.js'

interface DoctorArguments {
  readonly runtime: RuntimeChoice
  readonly image?: string
  readonly openresty?: string
}

/** `resty-leak doctor`: whether a leak would be seen on this machine, and a clean server pass. `done` gets the exit code. */
export function doctorCommand(terminal: Terminal, done: (code: number) => void): Command {
  return new Command('doctor')
    .summary('check that leaks are seen here, and clean servers pass')
    .description(
      'Boots a server with a planted leak and a clean endpoint: the leak must be seen, and the other must pass.',
    )
    .addOption(
      new Option('--runtime <runtime>', 'where OpenResty runs').choices(['auto', 'local', 'container']).default('auto'),
    )
    .option('--image <image>', 'container image to run in; means --runtime container')
    .option('--openresty <bin>', 'openresty or nginx executable; means --runtime local')
    .action(async (given: DoctorArguments) => {
      done(await doctor(given, terminal))
    })
}

async function doctor(given: DoctorArguments, terminal: Terminal): Promise<number> {
  using interrupt = new Interrupt()
  try {
    const { description, findings } = await checked(given, terminal, interrupt.signal)
    const lines = [{ passed: true, text: `OpenResty starts: ${description}` }, ...findings]
    for (const { passed, text } of lines) terminal.out.write(`${passed ? 'ok    ' : 'FAILED'}  ${escapedLines(text)}\n`)
    return findings.every(({ passed }) => passed) ? EXIT.passed : EXIT.unmeasured
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'RUNTIME_OPTIONS') throw error
    const interrupted = interrupt.signal.aborted
    terminal.err.write(`resty-leak: ${escapedLines(messageOf(interrupted ? interrupt.signal.reason : error))}\n`)
    return interrupted ? EXIT.interrupted : EXIT.unmeasured
  }
}

async function checked(
  { runtime, image, openresty }: DoctorArguments,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<SelfCheck> {
  using progress = new Progress(terminal)
  const options = {
    runtime,
    ...(image !== undefined && { image }),
    ...(openresty !== undefined && { openresty: executable(openresty) }),
  }
  return await selfCheck(options, { signal, onStep: (step) => progress.show(step) })
}
