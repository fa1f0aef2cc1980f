import { dirname } from 'node:path'
import { Command, Option } from 'commander'
import { repositoryPath } from '../base/repository-path.js'
import { RuntimeError } from '../base/runtime-error.js'
import { identityOf } from '../compare/sides/identity.js'
import { planExplored } from '../explore/planned.js'
import { PROTOCOLS } from '../load/plan/plan.js'
import { judgeThresholds } from '../load/thresholds/thresholds.js'
import { type WrkHeading, wrkSummary } from '../load/wrk-summary.js'
import { restartOf } from '../locate/restart.js'
import { underBaseline } from '../measure/baseline-file.js'
import { measure } from '../measure/measure.js'
import { selfCheck, selfCheckFault } from '../measure/self-check.js'
import { annotations } from '../report/export/annotations.js'
import { findings } from '../report/export/findings.js'
import { reportJson } from '../report/export/json.js'
import { reportHtml } from '../report/html/html.js'
import { reportMarkdown } from '../report/markdown/markdown.js'
import { wholeText } from '../report/terminal/whole-text.js'
import { attachRuntime } from '../runtime/attach/attach.js'
import { bootRuntime } from '../runtime/boot.js'
import type { LoadResult, RoundLoad } from '../types/load.js'
import type { Plan } from '../types/plan.js'
import type { LeakReport } from '../types/report.js'
import { withBootOptions } from './options/boot-options.js'
import { withJudgingOptions } from './options/judging-options.js'
import { type RunArguments, type RunSettings, runSettings } from './options/run-options.js'
import { collect } from './options/values.js'
import { bisectCode, bisectCodeOf } from './terminal/bisect.js'
import { EXIT, exitCodeOf } from './terminal/exit.js'
import { Interrupt } from './terminal/interrupt.js'
import { errorText, messageOf } from './terminal/message.js'
import { Progress, type Terminal, textOptions } from './terminal/progress.js'
import { unmeasuredReport } from './terminal/unmeasured.js'
import { writeFiles } from './terminal/write-files.js'

/** `resty-leak run CONF`: boot, load, judge. `done` gets the exit code. */
export function runCommand(terminal: Terminal, done: (code: number) => void): Command {
  const command = new Command('run')
    .summary('boot an nginx.conf, load it, and fail if its Lua heap grows')
    .description('Boots CONF with OpenResty, sends it requests in rounds, and compares the Lua heap between them.')
    .argument('[conf]', 'nginx.conf, used as it is')
    .option('-r, --request <[METHOD ]/path>', 'request to send; repeat for several', collect)
    .option(
      '--command <text>',
      'command that makes the load of a round, such as \'wrk -d2s "$URL/t"\'; what it sends nginx counts',
    )
    .option('--shell', 'give the command to /bin/sh; without it, it is started as it is')
    .option('--requests-from <file>', 'send what an access log, a HAR file, an OpenAPI document or a list tells of')
    .option(
      '--log-format <format>',
      "how that access log is written, as nginx's log_format (default: those of the conf, combined)",
    )
    .option('--all-routes', 'send a GET to each location of the conf that answers one')
    .option('--unsafe', 'of these, also send what may change state, or goes to another machine')
    .option('-H, --header <Name: value>', 'header of every request; repeat for several', collect)
    .option('--body <text>', 'body of every request; makes POST the method where none is named')
    .option('--host <name>', 'Host header of every request')
    .option('--expect-status <ranges>', 'statuses that are no failure (default: 200-399)')
    .option('--prefix <dir>', "nginx prefix (default: the conf's folder, or its parent if that is named conf)")
  return withJudgingOptions(withBootOptions(command))
    .option('--attach <pid|container>', 'measure a server that runs already, by a process id or a container')
    .option('--url <url>', 'where that server answers')
    .option('--amount <n>', 'requests of the planned rounds, together (default: 20157)')
    .option('--connections <n>', 'connections to send them over (default: 10)')
    .addOption(
      new Option(
        '--protocol <protocol>',
        'what to speak (default: what the listener does; HTTP/1.1 where it has the choice)',
      ).choices([...PROTOCOLS]),
    )
    .option('--streams <n>', 'requests under way at once on each connection of HTTP/2 (default: 4)')
    .option('--port <n>', "the conf's port to ask (default: the first server that serves the request)")
    .option('--socket <path>', "the conf's unix socket to ask")
    .option('--warmup <n>', 'requests before the first snapshot (default: 5003)')
    .option(
      '--timeout <duration>',
      'longest wait for one answer, such as 30s (default: 10s), or for a command (default: 120s)',
    )
    .option('--idle <duration>', 'idle time that shows what moves by itself (default: 500ms)')
    .option('--drain <duration>', 'idle time after the confirming rounds (default: 1200ms)')
    .option('--no-keep-alive', 'open a connection for each request')
    .option('--abort-after <ms>', 'let the client close the connection so long after each request')
    .option('--burst <n>', 'begin each load at so many connections')
    .option('--per <request|connection>', 'what growth is counted by (default: request, without http session)')
    .option('--per-connection', 'the same as --per connection')
    .option('--reload', 'reload nginx before each round, and count growth by reload')
    .option(
      '--threshold <METRIC:CONDITION>',
      "what the load must hold, such as 'latency.p99:<20ms'; repeat for several",
      collect,
    )
    .option('--self-check', 'first see that a planted leak is found on this runtime')
    .option('--no-locate', 'do not start the conf once more where something leaks, to see which line adds it')
    .option('--bisect', 'end as `git bisect run` wants it; write reports of bad commits only')
    .option('--keep', 'keep conf, logs and snapshots')
    .option('--load-summary', 'print what the load saw as wrk does, below the report')
    .option('--json <file>', 'write the report as JSON')
    .option('--html <file>', 'write the report as one page, with a graph of the heap')
    .option('--markdown <file>', 'write the report for a pull request or step summary')
    .action(async (conf: string | undefined, given: RunArguments) => {
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
  if (failure !== undefined) {
    terminal.err.write(errorText(failure, terminal))
  } else {
    const parts = [wholeText(report, textOptions(terminal))]
    if (settings.loadSummary && hasLatency(report.load)) parts.push(`\n${wrkSummary(report.load, heading(plan, url))}`)
    terminal.out.write(`${parts.join('\n')}\n`)
  }
  if (terminal.env.GITHUB_ACTIONS === 'true') {
    const { title } = settings
    const measurement = {
      file: repositoryPath(title, terminal.env),
      folder: repositoryPath('.', terminal.env),
      title,
      report,
    }
    for (const line of annotations(findings([measurement]))) terminal.out.write(`${line}\n`)
  }
  const files = [
    [settings.json, () => reportJson(report)],
    [settings.html, () => reportHtml(report, { title: settings.title })],
    [settings.markdown, () => reportMarkdown(report, { title: settings.title })],
  ] as const
  const code = exitCodeOf(report)
  // The last bad commit that is looked at is the first bad one, so that its report is the one that stays.
  if (settings.bisect && code !== EXIT.failed) return code
  return (await writeFiles(files, terminal)) ? code : EXIT.unmeasured
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
  { runtime: options, attach, plan: asked, exploration, thresholds, baseline, selfCheck: checked }: RunSettings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Measured> {
  const identity = await identityOf(attach ? process.cwd() : dirname(options.conf))
  try {
    using progress = new Progress(terminal)
    progress.show(attach ? 'attaching' : 'starting OpenResty')
    await using runtime = await (attach ? attachRuntime(attach) : bootRuntime({ ...options, signal }))
    const onStep = (step: string) => progress.show(step)
    const check = checked && (() => selfCheck(options, { signal, onStep }).then(selfCheckFault))
    const plan = exploration
      ? await planExplored(runtime, exploration.input, exploration.found, { signal, onStep })
      : asked
    const second = attach ? {} : { restart: restartOf({ ...options, signal }), conf: options.conf }
    const seen = await measure(runtime, plan, {
      signal,
      onStep,
      identity,
      ...second,
      ...(check && { selfCheck: check }),
    })
    const run = baseline ? await underBaseline(seen, baseline) : seen
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
