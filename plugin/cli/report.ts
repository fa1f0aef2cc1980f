import { readFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { whyUnreadable } from '../base/missing-file.js'
import { folded } from '../report/export/folded.js'
import { heapSnapshot } from '../report/export/heapsnapshot.js'
import { speedscope } from '../report/export/speedscope.js'
import type { Moment } from '../report/export/tree.js'
import { reportHtml } from '../report/html/html.js'
import { reportMarkdown } from '../report/markdown/markdown.js'
import { wholeText } from '../report/terminal/whole-text.js'
import type { LeakReport } from '../types/report.js'
import { writable } from './options/paths.js'
import { UsageError } from './options/usage.js'
import { EXIT } from './terminal/exit.js'
import { type Terminal, textOptions } from './terminal/progress.js'
import { writeFiles } from './terminal/write-files.js'

interface ReportArguments {
  readonly at: Moment | 'difference'
  readonly html?: string
  readonly markdown?: string
  readonly folded?: string
  readonly speedscope?: string
  readonly heapsnapshot?: string
}

/** `resty-leak report REPORT.json`: the same findings in another form; as the terminal shows them if none is asked for. */
export function reportCommand(terminal: Terminal, done: (code: number) => void): Command {
  return new Command('report')
    .summary('render a report again, in another form')
    .description(
      'Renders what `run --json` or the Vitest reporter wrote. Without a form it is printed as a run prints it.',
    )
    .argument('<report.json>', 'the report')
    .option('--html <file>', 'one page, with a graph of the heap')
    .option('--markdown <file>', 'for a pull request or step summary')
    .option('--folded <file>', 'folded stacks, for flame-graph tools')
    .option('--speedscope <file>', 'for speedscope.app')
    .option(
      '--heapsnapshot <file>',
      "for Chrome's DevTools and memlab; DevTools wants the name to end in .heapsnapshot",
    )
    .addOption(
      new Option('--at <moment>', 'the heap that --folded and --heapsnapshot write')
        .choices(['before', 'after', 'difference'])
        .default('after'),
    )
    .action(async (file: string, given: ReportArguments) => {
      done(await render(file, given, terminal))
    })
}

async function render(file: string, given: ReportArguments, terminal: Terminal): Promise<number> {
  const report = await readReport(file)
  const { at } = given
  if (given.heapsnapshot !== undefined && at === 'difference') {
    throw new UsageError('--heapsnapshot holds one heap: --at before or --at after.')
  }
  const forms = [
    ['--html', given.html, () => reportHtml(report, { title: file })],
    ['--markdown', given.markdown, () => reportMarkdown(report, { title: file })],
    ['--folded', given.folded, () => folded(report, at)],
    ['--speedscope', given.speedscope, () => speedscope(report, { title: file })],
    ['--heapsnapshot', given.heapsnapshot, () => heapSnapshot(report, at === 'before' ? 'before' : 'after')],
  ] as const
  const files: [string, () => string][] = []
  for (const [option, target, text] of forms) {
    if (target !== undefined) files.push([await writable(option, target), text])
  }
  if (files.length === 0) terminal.out.write(`${wholeText(report, textOptions(terminal))}\n`)
  return (await writeFiles(files, terminal)) ? EXIT.passed : EXIT.unmeasured
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
