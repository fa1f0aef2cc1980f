import { Command } from 'commander'
import { escapedLines } from '../base/escape.js'
import { RuntimeError } from '../base/runtime-error.js'
import { type SelfCheck, selfCheck } from '../measure/self-check.js'
import { ANY_WIDTH } from '../report/terminal/text-options.js'
import { wrapText } from '../report/terminal/wrap.js'
import { type WhereArguments, whereOptions, withWhereOptions } from './options/boot-options.js'
import { EXIT } from './terminal/exit.js'
import { Interrupt } from './terminal/interrupt.js'
import { messageOf } from './terminal/message.js'
import { Progress, type Terminal, textOptions } from './terminal/progress.js'

/** `resty-leak doctor`: whether a leak would be seen on this machine, and a clean server pass. `done` gets the exit code. */
export function doctorCommand(terminal: Terminal, done: (code: number) => void): Command {
  return withWhereOptions(new Command('doctor'))
    .summary('check that leaks are seen here, and clean servers pass')
    .description(
      'Boots a server with a planted leak and a clean endpoint: the leak must be seen, and the other must pass.',
    )
    .action(async (given: WhereArguments) => {
      done(await doctor(given, terminal))
    })
}

async function doctor(given: WhereArguments, terminal: Terminal): Promise<number> {
  using interrupt = new Interrupt()
  try {
    const { description, findings } = await checkRuntime(given, terminal, interrupt.signal)
    const lines = [{ passed: true, text: `OpenResty starts: ${description}` }, ...findings]
    const { width = ANY_WIDTH } = textOptions(terminal)
    for (const { passed, text } of lines) {
      terminal.out.write(`${wrapText(`${passed ? 'ok    ' : 'FAILED'}  ${escapedLines(text)}`, width)}\n`)
    }
    return findings.every(({ passed }) => passed) ? EXIT.passed : EXIT.unmeasured
  } catch (error) {
    if (error instanceof RuntimeError && error.code === 'RUNTIME_OPTIONS') throw error
    const interrupted = interrupt.signal.aborted
    terminal.err.write(`resty-leak: ${escapedLines(messageOf(interrupted ? interrupt.signal.reason : error))}\n`)
    return interrupted ? EXIT.interrupted : EXIT.unmeasured
  }
}

async function checkRuntime(given: WhereArguments, terminal: Terminal, signal: AbortSignal): Promise<SelfCheck> {
  using progress = new Progress(terminal)
  return await selfCheck(whereOptions(given), { signal, onStep: (step) => progress.show(step) })
}
