import { readFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { whyUnreadable } from '../base/missing-file.js'
import { folded } from '../report/export/folded.js'
import { heapSnapshot } from '../report/export/heapsnapshot.js'
import { speedscope } from '../report/export/speedscope.js'
import type { Moment } from '../report/export/tree.js'
import { workerJson } from '../report/live/live-json.js'
import { workerHtml } from '../report/live/worker-html.js'
import { workerText } from '../report/live/worker-text.js'
import { wholeText } from '../report/terminal/whole-text.js'
import type { LeakReport } from '../types/report.js'
import type { Snapshot } from '../types/snapshot.js'
import type { Forms } from './forms/form.js'
import { REPORT_FORMS, type TitledReport } from './forms/report-forms.js'
import { withLiveSnapshots } from './live-snapshots.js'
import { type FileArguments, filesOf, withFileOptions } from './options/file-options.js'
import {
  freezeOf,
  memoryTarget,
  type RetainedArguments,
  retainedOf,
  type TargetArguments,
  withRetainedOptions,
  withTargetOptions,
} from './options/live-options.js'
import { UsageError } from './options/usage.js'
import { EXIT } from './terminal/exit.js'
import { type Terminal, textOptions } from './terminal/progress.js'
import { besideFiles, writeFiles } from './terminal/write-files.js'

interface ReportArguments
  extends TargetArguments,
    RetainedArguments,
    FileArguments<keyof typeof FORMS | keyof typeof LIVE_FORMS> {
  readonly at: Moment | 'difference'
}

interface Rendered extends TitledReport {
  readonly at: Moment | 'difference'
}

const FORMS = {
  html: { help: 'one page, with a graph of the heap', text: REPORT_FORMS.html.text },
  markdown: { help: 'for a pull request or step summary', text: REPORT_FORMS.markdown.text },
  folded: { help: 'folded stacks, for flame-graph tools', text: ({ report, at }) => folded(report, at) },
  speedscope: { help: 'for speedscope.app', text: ({ report, title }) => speedscope(report, { title }) },
  heapsnapshot: {
    help: "for Chrome's DevTools and memlab; DevTools wants the name to end in .heapsnapshot",
    text: ({ report, at }) => heapSnapshot(report, at === 'before' ? 'before' : 'after'),
  },
} as const satisfies Forms<string, Rendered>

/**
 * `resty-leak report REPORT.json`: the same findings in another form; as the terminal shows them if none is asked for.
 * `resty-leak report -p PID`: all that there is to say of the memory of workers that run, or of a core file.
 */
export function reportCommand(terminal: Terminal, done: (code: number) => void): Command {
  const command = new Command('report')
    .summary('report on the memory of a running worker, or render the report of a run again')
    .description(
      `With -p, --container or --core: all of a worker's memory in one report, what it comes to first: where it is, what is unusual and what to do, the Lua heap by reference path, malloc by who holds it. The worker stands still for as long as the copying takes.\n\nWith a file: renders what \`run --json\` or the Vitest reporter wrote. Without a form it is printed as a run prints it.`,
    )
    .argument('[report.json]', 'the report of a run')
  return withFileOptions(withRetainedOptions(withTargetOptions(command)), { json: LIVE_FORMS.json, ...FORMS })
    .addOption(
      new Option('--at <moment>', 'the heap that --folded and --heapsnapshot write')
        .choices(['before', 'after', 'difference'])
        .default('after'),
    )
    .action(async (file: string | undefined, given: ReportArguments) => {
      done(file === undefined ? await liveReport(given, terminal) : await render(file, given, terminal))
    })
}

/** What is written of workers that run; the other forms are of a run. */
const LIVE_FORMS = {
  json: { help: 'of a running worker: write the whole report as JSON', text: workerJson },
  html: { help: FORMS.html.help, text: workerHtml },
} as const satisfies Forms<string, readonly Snapshot[]>

async function liveReport(given: ReportArguments, terminal: Terminal): Promise<number> {
  if (TARGETS.every((name) => given[name] === undefined)) {
    throw new UsageError(
      'report of what? Give a file that run --json wrote, or a running worker: -p PID, --container ID, or --core FILE.',
    )
  }
  const target = memoryTarget(given)
  const other = (Object.keys(FORMS) as (keyof typeof FORMS)[]).find(
    (name) => !(name in LIVE_FORMS) && given[name] !== undefined,
  )
  if (other) {
    throw new UsageError(`--${other} renders the report of a run: for a running worker give --html or --json.`)
  }
  const files = await filesOf(given, LIVE_FORMS)
  const options = { retained: retainedOf(given), details: true, ...freezeOf(given) }
  return withLiveSnapshots(target, options, terminal, async (snapshots) => {
    const screen = besideFiles(terminal, files)
    const form = textOptions(screen)
    screen.out.write(`${snapshots.map((snapshot) => workerText(snapshot, form)).join('\n\n')}\n`)
    return (await writeFiles(files, LIVE_FORMS, snapshots, terminal)) ? EXIT.passed : EXIT.unmeasured
  })
}

const TARGETS = ['pid', 'container', 'core'] as const

async function render(file: string, given: ReportArguments, terminal: Terminal): Promise<number> {
  const target = TARGETS.find((name) => given[name] !== undefined)
  if (target) {
    throw new UsageError(
      `${file} and ${target === 'pid' ? '-p' : `--${target}`} exclude each other: report on one or the other.`,
    )
  }
  if (given.json !== undefined) {
    throw new UsageError(`--json is for a running worker: the report of a run is JSON already, ${file}.`)
  }
  const report = await readReport(file)
  const { at } = given
  if (given.heapsnapshot !== undefined && at === 'difference') {
    throw new UsageError('--heapsnapshot holds one heap: --at before or --at after.')
  }
  const files = await filesOf(given, FORMS)
  if (Object.keys(files).length === 0) terminal.out.write(`${wholeText(report, textOptions(terminal))}\n`)
  return (await writeFiles(files, FORMS, { report, title: file, at }, terminal)) ? EXIT.passed : EXIT.unmeasured
}

/** Enough of a look that a foreign file is refused; what this package wrote is trusted. */
async function readReport(file: string): Promise<LeakReport> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`cannot read ${file}: ${whyUnreadable(file, cause)} Give what run --json wrote.`, { cause })
  })
  let format: unknown
  try {
    const report = JSON.parse(text) as LeakReport
    format = (report as { format?: unknown } | null)?.format
    if (format === 'openresty-leak-report/1') return report
  } catch (cause) {
    throw new UsageError(`${file} is no JSON, or was cut off: ${(cause as Error).message}.`, { cause })
  }
  throw new UsageError(
    `${file} is no report: its format is ${JSON.stringify(format) ?? 'missing'}, not openresty-leak-report/1.`,
  )
}
