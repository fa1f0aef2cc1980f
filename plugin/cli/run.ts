import { Command } from 'commander'
import { noteUpdate } from '../analysis/note-update.js'
import { repositoryPath } from '../base/repository-path.js'
import { RuntimeError } from '../base/runtime-error.js'
import { identityOf } from '../compare/sides/identity.js'
import { planExplored } from '../explore/planned.js'
import { judgeThresholds } from '../load/thresholds/thresholds.js'
import { type WrkHeading, wrkSummary } from '../load/wrk-summary.js'
import { restartOf } from '../locate/restart.js'
import { underBaseline } from '../measure/baseline-file.js'
import { measure } from '../measure/measure.js'
import { selfCheck, selfCheckFault } from '../measure/self-check.js'
import { annotations } from '../report/export/annotations.js'
import { findings } from '../report/export/findings.js'
import { wholeText } from '../report/terminal/whole-text.js'
import { attachRuntime } from '../runtime/attach/attach.js'
import { bootRuntime } from '../runtime/boot.js'
import { confOf } from '../runtime/start/generated-conf.js'
import type { LoadResult, RoundLoad } from '../types/load.js'
import type { Plan } from '../types/plan.js'
import type { LeakReport } from '../types/report.js'
import type { Runtime } from '../types/runtime.js'
import { REPORT_FORMS } from './forms/report-forms.js'
import { withBootOptions, withPrepareOption } from './options/boot-options.js'
import { withFileOptions } from './options/file-options.js'
import { withJudgingOptions } from './options/judging-options.js'
import { LOAD_OPTIONS } from './options/load-options.js'
import { withPlanOptions } from './options/plan-options.js'
import { withRequestOptions } from './options/request-options.js'
import { type RunArguments, type RunSettings, runSettings, withAmountOptions } from './options/run-options.js'
import type { MeasuredServer } from './options/server-options.js'
import { collect } from './options/values.js'
import { bisectCode, bisectCodeOf } from './terminal/bisect.js'
import { EXIT, exitCodeOf } from './terminal/exit.js'
import { Interrupt } from './terminal/interrupt.js'
import { errorText, messageOf } from './terminal/message.js'
import { Progress, type Terminal, textOptions } from './terminal/progress.js'
import { unmeasuredReport } from './terminal/unmeasured.js'
import { besideFiles, writeFiles } from './terminal/write-files.js'

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
  const { report, url, plan, failure } = await measureOrReport(settings, terminal, interrupt.signal)
  if (interrupt.signal.aborted) {
    terminal.err.write(`resty-leak: ${messageOf(interrupt.signal.reason)}\n`)
    return EXIT.interrupted
  }
  const screen = besideFiles(terminal, settings.files)
  if (failure !== undefined) {
    terminal.err.write(errorText(failure, terminal))
  } else {
    const parts = [wholeText(report, textOptions(screen))]
    if (settings.loadSummary && hasLatency(report.load)) parts.push(`\n${wrkSummary(report.load, heading(plan, url))}`)
    screen.out.write(`${parts.join('\n')}\n`)
  }
  const { title } = settings.server
  if (terminal.env.GITHUB_ACTIONS === 'true') {
    const measurement = {
      file: repositoryPath(title, terminal.env),
      folder: repositoryPath('.', terminal.env),
      title,
      report,
    }
    for (const line of annotations(findings([measurement]))) screen.out.write(`${line}\n`)
  }
  const code = exitCodeOf(report)
  // The last bad commit that is looked at is the first bad one, so that its report is the one that stays.
  if (settings.bisect && code !== EXIT.failed) return code
  return (await writeFiles(settings.files, REPORT_FORMS, { report, title }, terminal)) ? code : EXIT.unmeasured
}

interface Measured {
  readonly report: LeakReport
  /** Origin of the server; empty if it never was. */
  readonly url: string
  /** As it was driven. */
  readonly plan: Plan
  /** Set where there was nothing to measure. */
  readonly failure?: string
}

/** The report, whatever happened. */
async function measureOrReport(
  { server, plan: asked, exploration, thresholds, baseline, selfCheck: checked }: RunSettings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Measured> {
  const identity = await identityOf(server.folder)
  try {
    using progress = new Progress(terminal)
    const onStep = (step: string) => progress.show(step)
    await using runtime = await openServer(server, { signal, onStep })
    const plan = exploration
      ? await planExplored(runtime, exploration.input, exploration.found, { signal, onStep })
      : asked
    const seen = await measure(runtime, plan, {
      signal,
      onStep,
      identity,
      ...('boot' in server && {
        conf: confOf(server.boot, runtime),
        restart: restartOf({ ...server.boot, signal }, runtime),
        ...(checked && { selfCheck: () => selfCheck(server.boot, { signal, onStep }).then(selfCheckFault) }),
      }),
    })
    const run = baseline ? noteUpdate(await underBaseline(seen, baseline), baseline) : seen
    return {
      report: run.load ? withThresholds(run, judgeThresholds(run.load, thresholds)) : run,
      url: runtime.url,
      plan,
    }
  } catch (error) {
    // Options that exclude each other: found by the runtime, but before anything started.
    if (error instanceof RuntimeError && error.code === 'RUNTIME_OPTIONS') throw error
    const failure = messageOf(error)
    return { report: unmeasuredReport(failure, identity), url: '', plan: asked, failure }
  }
}

async function openServer(
  server: MeasuredServer,
  { signal, onStep }: { readonly signal: AbortSignal; readonly onStep: (step: string) => void },
): Promise<Runtime> {
  onStep('attach' in server ? 'attaching' : 'starting OpenResty')
  return 'attach' in server ? await attachRuntime(server.attach) : await bootRuntime({ ...server.boot, signal })
}

/** A command's requests were timed by nobody but itself. */
function hasLatency(load: RoundLoad | null): load is LoadResult {
  return load?.latencyUs !== undefined
}

/** wrk knows one URL; of several requests the first stands there. */
function heading({ requests, connections }: Plan, url: string): WrkHeading {
  const { path } = requests[0]!
  const href = url.includes('://unix:') ? `${url}${path}` : new URL(path, url).href
  return { url: href, threads: 1, connections }
}

function withThresholds(report: LeakReport, violations: LeakReport['violations']): LeakReport {
  const passed = report.passed && violations.every(({ level }) => level !== 'error')
  return { ...report, passed, violations: [...report.violations, ...violations] }
}
