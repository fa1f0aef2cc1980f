import { Command } from 'commander'
import { REPORT_FORMS } from './forms/report-forms.js'
import { withBootOptions, withPrepareOption } from './options/boot-options.js'
import { withFileOptions } from './options/file-options.js'
import { withJudgingOptions } from './options/judging-options.js'
import { LOAD_OPTIONS } from './options/load-options.js'
import { withPlanOptions } from './options/plan-options.js'
import { withRequestOptions } from './options/request-options.js'
import { type RunArguments, type RunSettings, runSettings, withAmountOptions } from './options/run-options.js'
import { collect } from './options/values.js'
import { bisectCode, bisectCodeOf } from './terminal/bisect.js'
import { EXIT } from './terminal/exit.js'
import { Interrupt } from './terminal/interrupt.js'
import { errorText, messageOf } from './terminal/message.js'
import type { Terminal } from './terminal/progress.js'

/** `resty-leak run CONF`: boot, load, judge. `done` gets the exit code. */
export function runCommand(terminal: Terminal, done: (code: number) => void): Command {
  const command = new Command('run')
    .summary('boot an nginx.conf, load it, and fail if its Lua heap grows')
    .description('Boots CONF with OpenResty, sends it requests in rounds, and compares the Lua heap between them.')
    .argument('[conf]', 'nginx.conf, used as it is')
  withPlanOptions(command, LOAD_OPTIONS)
  withRequestOptions(command).option(
    '--prefix <dir>',
    "nginx prefix (default: the conf's folder, or its parent if that is named conf)",
  )
  withJudgingOptions(withPrepareOption(withBootOptions(command), 'this folder'))
    .option('--attach <pid|container>', 'measure a server that runs already, by a process id or a container')
    .option('--url <url>', 'where that server answers')
  withAmountOptions(command)
    .option('--per-connection', 'the same as --per connection')
    .option('--abort-after <ms>', 'let the client close the connection so long after each request')
    .option(
      '--threshold <METRIC:CONDITION>',
      "what the load must hold, such as 'latency.p99:<20ms'; repeat for several",
      collect,
    )
    .option('--self-check', 'first see that a planted leak is found on this runtime')
    .option('--bisect', 'end as `git bisect run` wants it; write reports of bad commits only')
    .option('--keep', 'keep conf, logs and snapshots')
    .option('--load-summary', 'print what the load saw as wrk does, below the report')
  return withFileOptions(command, REPORT_FORMS).action(async (conf: string | undefined, given: RunArguments) => {
    done(given.bisect ? await bisect(conf, given, terminal) : await run(await runSettings(conf, given), terminal))
  })
}

/** Whatever goes wrong has a code that calls no commit bad. */
async function bisect(conf: string | undefined, given: RunArguments, terminal: Terminal): Promise<number> {
  try {
    return bisectCode(await run(await runSettings(conf, given), terminal))
  } catch (error) {
    terminal.err.write(errorText(messageOf(error), terminal))
    return bisectCodeOf(error)
  }
}

async function run(settings: RunSettings, terminal: Terminal): Promise<number> {
  using interrupt = new Interrupt()
  const { measureOrReport } = await import('./run/measure-or-report.js')
  const measured = await measureOrReport(settings, terminal, interrupt.signal)
  if (interrupt.signal.aborted) {
    terminal.err.write(`resty-leak: ${messageOf(interrupt.signal.reason)}\n`)
    return EXIT.interrupted
  }
  const { tellRun } = await import('./run/tell-run.js')
  return await tellRun(measured, settings, terminal)
}
