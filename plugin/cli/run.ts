import { Command, Option } from 'commander'
import { judgeThresholds } from '../load/thresholds.js'
import { measure } from '../measure.js'
import { escapedLines } from '../report/escape.js'
import { runSummary } from '../report/summary.js'
import { reportText } from '../report/text.js'
import { writeJson } from '../report-files.js'
import { bootRuntime } from '../runtime/boot.js'
import { RuntimeError } from '../runtime/error.js'
import type { LeakReport } from '../types.js'
import { EXIT, exitCodeOf } from './exit.js'
import { Interrupt } from './interrupt.js'
import { Progress, type Terminal, wantsColour } from './progress.js'
import { type RunArguments, type RunSettings, runSettings } from './run-options.js'
import { unmeasuredReport } from './unmeasured.js'

/** `resty-leak run CONF`: boot, load, judge. `done` gets the exit code. */
export function runCommand(terminal: Terminal, done: (code: number) => void): Command {
  return new Command('run')
    .summary('boot an nginx.conf, load it, and fail if its Lua heap grows')
    .description('Boots CONF with OpenResty, sends it requests in rounds, and compares the Lua heap between them.')
    .argument('<conf>', 'nginx.conf, used as it is')
    .requiredOption('-r, --request <[METHOD ]/path>', 'request to send; repeat for several', collect)
    .option('-H, --header <Name: value>', 'header of every request; repeat for several', collect)
    .option('--body <text>', 'body of every request; makes POST the method where none is named')
    .option('--host <name>', 'Host header of every request')
    .option('--expect-status <ranges>', 'statuses that are no failure (default: 200-399)')
    .option('--prefix <dir>', "nginx prefix (default: the conf's folder, or its parent if that is named conf)")
    .addOption(
      new Option('--runtime <runtime>', 'where OpenResty runs').choices(['auto', 'local', 'container']).default('auto'),
    )
    .option('--image <image>', 'container image to run in; means --runtime container')
    .option('--openresty <bin>', 'openresty or nginx executable; means --runtime local')
    .option('--workers <n|conf>', "worker processes; conf keeps the conf's own number (default: 1)")
    .option('--amount <n>', 'requests of the planned rounds, together (default: 20157)')
    .option('--connections <n>', 'connections to send them over (default: 10)')
    .option('--warmup <n>', 'requests before the first snapshot (default: 5003)')
    .option(
      '--budget <PATH:key=value,...>',
      'what may grow below a path, such as strings=64KB; repeat for several',
      collect,
    )
    .option(
      '--threshold <METRIC:CONDITION>',
      "what the load must hold, such as 'latency.p99:<20ms'; repeat for several",
      collect,
    )
    .option('--keep', 'keep conf, logs and snapshots')
    .option('--json <file>', 'write the report as JSON')
    .action(async (conf: string, given: RunArguments) => {
      done(await run(await runSettings(conf, given), terminal))
    })
}

async function run(settings: RunSettings, terminal: Terminal): Promise<number> {
  using interrupt = new Interrupt()
  const { report, failure } = await measured(settings, terminal, interrupt.signal)
  if (interrupt.signal.aborted) {
    terminal.err.write(`resty-leak: ${messageOf(interrupt.signal.reason)}\n`)
    return EXIT.interrupted
  }
  if (failure !== undefined) {
    terminal.err.write(`resty-leak: ${escapedLines(failure)}\n`)
  } else {
    terminal.out.write(`${reportText(report, { colour: wantsColour(terminal) })}\n${runSummary(report)}\n`)
  }
  try {
    if (settings.json) await writeJson(settings.json, report)
  } catch (error) {
    terminal.err.write(`resty-leak: cannot write ${settings.json}: ${messageOf(error)}\n`)
    return EXIT.unmeasured
  }
  return exitCodeOf(report)
}

/** The report, whatever happened; `failure` is set where there was nothing to measure. */
async function measured(
  { runtime: options, plan, thresholds }: RunSettings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<{ readonly report: LeakReport; readonly failure?: string }> {
  try {
    using progress = new Progress(terminal)
    progress.show('starting OpenResty')
    await using runtime = await bootRuntime({ ...options, signal })
    const run = await measure(runtime, plan, { signal, onStep: (step) => progress.show(step) })
    return { report: run.load ? withThresholds(run, judgeThresholds(run.load, thresholds)) : run }
  } catch (error) {
    // Options that exclude each other: found by the runtime, but before anything started.
    if (error instanceof RuntimeError && error.code === 'RUNTIME_OPTIONS') throw error
    const failure = messageOf(error)
    return { report: unmeasuredReport(failure), failure }
  }
}

function withThresholds(report: LeakReport, violations: LeakReport['violations']): LeakReport {
  const passed = report.passed && violations.every(({ level }) => level !== 'error')
  return { ...report, passed, violations: [...report.violations, ...violations] }
}

/** What went wrong, for a user. An error without a code is a mistake of ours, and then its stack is what helps. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error ? error.message : (error.stack ?? error.message)
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value]
}
