import { repositoryPath } from '../../base/repository-path.js'
import { type WrkHeading, wrkSummary } from '../../load/wrk-summary.js'
import { annotations } from '../../report/export/annotations.js'
import { findings } from '../../report/export/findings.js'
import { wholeText } from '../../report/terminal/whole-text.js'
import type { LoadResult, RoundLoad } from '../../types/load.js'
import type { Plan } from '../../types/plan.js'
import { REPORT_FORMS } from '../forms/report-forms.js'
import type { RunSettings } from '../options/run-options.js'
import { EXIT, exitCodeOf } from '../terminal/exit.js'
import { errorText } from '../terminal/message.js'
import { type Terminal, textOptions } from '../terminal/progress.js'
import { besideFiles, writeFiles } from '../terminal/write-files.js'
import type { MeasuredRun } from './measured-run.js'

/** Prints what a run came to and writes the files that are asked for. @returns the exit code */
export async function tellRun(
  { report, url, plan, failure }: MeasuredRun,
  settings: RunSettings,
  terminal: Terminal,
): Promise<number> {
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
