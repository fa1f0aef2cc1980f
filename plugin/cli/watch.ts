import { Command } from 'commander'
import type { LeakRun } from '../analysis/leak-run.js'
import { noteUpdate } from '../analysis/note-update.js'
import { underBaseline } from '../measure/baseline-file.js'
import { watchLine } from '../report/live/watch-text.js'
import { wholeText } from '../report/terminal/whole-text.js'
import type { LeakReport } from '../types/report.js'
import type { WatchEvent } from '../types/watch.js'
import { LEAST_ROUNDS } from '../verdict/watched.js'
import { watchLive } from '../watch/watch-live.js'
import { WATCH_DEFAULTS } from '../watch/watch-plan.js'
import { REPORT_FORMS } from './forms/report-forms.js'
import { withFileOptions } from './options/file-options.js'
import { withJudgingOptions } from './options/judging-options.js'
import { withLiveOptions } from './options/live-options.js'
import { type WatchArguments, type WatchSettings, watchSettings } from './options/watch-options.js'
import { EXIT, exitCodeOf } from './terminal/exit.js'
import { Interrupt } from './terminal/interrupt.js'
import { errorText, messageOf } from './terminal/message.js'
import { runOnLeak } from './terminal/on-leak.js'
import { type Terminal, textOptions } from './terminal/progress.js'
import { unmeasuredReport } from './terminal/unmeasured.js'
import { writeFiles } from './terminal/write-files.js'

/** Format of the lines for programs. */
export const LINES_FORMAT = 'resty-leak-watch/1'

const FORMS = {
  ...REPORT_FORMS,
  json: {
    ...REPORT_FORMS.json,
    flags: '--json [file]',
    help: 'write the report as JSON; without a file, a JSON document a line on stdout',
  },
} as const

/** `resty-leak watch -p PID`: looks at workers under the traffic that is there. `done` gets the exit code. */
export function watchCommand(terminal: Terminal, done: (code: number) => void): Command {
  const command = withJudgingOptions(withLiveOptions(new Command('watch')))
    .summary('watch workers under the traffic that is there, and fail if they leak')
    .description(
      'Looks at the heaps of running workers at intervals, and judges what they keep from look to look. It sends nothing.',
    )
    .option('--every <duration>', `time between two looks, such as 30s (default: ${WATCH_DEFAULTS.everyMs / 1000}s)`)
    .option(
      '--rounds <n>',
      `rounds without a restart that are judged, ${LEAST_ROUNDS} or more (default: ${WATCH_DEFAULTS.rounds})`,
    )
    .option('--until <leak>', 'end as soon as something leaks, and still does one round later')
    .option('--on-leak <command>', 'run this once something leaks, with REPORT, PID and more in its environment')
  return withFileOptions(command, FORMS).action(async (given: WatchArguments) => {
    done(await watchOnce(await watchSettings(given), terminal))
  })
}

async function watchOnce(settings: WatchSettings, terminal: Terminal): Promise<number> {
  using interrupt = new Interrupt()
  const { report, failure } = await watched(settings, terminal, interrupt.signal)
  if (failure !== undefined) {
    terminal.err.write(errorText(failure, terminal))
  } else if (!settings.lines) {
    terminal.out.write(`\n${wholeText(report, textOptions(terminal))}\n`)
  }
  if (settings.lines) terminal.out.write(`${JSON.stringify({ event: 'report', report })}\n`)
  const written = await writeFiles(settings.files, FORMS, { report, title: settings.title }, terminal)
  const code = written ? exitCodeOf(report) : EXIT.unmeasured
  // nothing was decided yet, and it was the user who ended it
  return code === EXIT.unmeasured && interrupt.signal.aborted ? EXIT.interrupted : code
}

interface Watched {
  readonly report: LeakReport
  /** Set where there was nothing to watch. */
  readonly failure?: string
}

/** The report, whatever happened. */
async function watched(
  { target, watch, baseline, onLeak, lines }: WatchSettings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Watched> {
  const options = textOptions(terminal)
  let told: Promise<void> | undefined
  try {
    const run = await watchLive(target, watch, {
      signal,
      baseline: baseline?.update ? undefined : baseline?.accepted,
      onEvent: (event) => terminal.out.write(`${lines ? eventLine(event) : watchLine(event, watch.rounds, options)}\n`),
      ...(onLeak !== undefined && {
        onLeak: (leak: LeakRun) => {
          told = runOnLeak(onLeak, leak, terminal)
        },
      }),
    })
    await told
    return { report: baseline ? noteUpdate(await underBaseline(run, baseline), baseline) : run }
  } catch (error) {
    await told
    const failure = messageOf(signal.aborted ? signal.reason : error)
    return { report: unmeasuredReport(failure), failure }
  }
}

function eventLine(event: WatchEvent): string {
  return JSON.stringify(event.event === 'start' ? { format: LINES_FORMAT, ...event } : event)
}
