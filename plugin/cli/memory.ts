import { Command } from 'commander'
import { memoryHtml } from '../report/live/live-html.js'
import { memoryJson } from '../report/live/live-json.js'
import { memoryText } from '../report/live/memory-text.js'
import { withLiveSnapshots } from './live-snapshots.js'
import { type LiveArguments, liveTarget, maxPauseOf, withLiveOptions } from './options/live-options.js'
import { writable } from './options/paths.js'
import { EXIT } from './terminal/exit.js'
import { type Terminal, textOptions } from './terminal/progress.js'
import { writeFiles } from './terminal/write-files.js'

interface MemoryArguments extends LiveArguments {
  readonly json?: string
  readonly html?: string
}

/** `resty-leak memory -p PID`: where the memory of a running worker is. `done` gets the exit code. */
export function memoryCommand(terminal: Terminal, done: (code: number) => void): Command {
  return withLiveOptions(new Command('memory'))
    .summary('show where the memory of a running worker is')
    .description(
      'Splits the resident set of a running worker into Lua heap, shared zones, malloc, code and the rest, to the byte. It stands still for as long as the copying takes.',
    )
    .option('--json <file>', 'write the rows as JSON')
    .option('--html <file>', 'write them as one page')
    .action(async (given: MemoryArguments) => {
      done(await memory(given, terminal))
    })
}

async function memory(given: MemoryArguments, terminal: Terminal): Promise<number> {
  const target = liveTarget(given)
  const files = {
    json: given.json === undefined ? undefined : await writable('--json', given.json),
    html: given.html === undefined ? undefined : await writable('--html', given.html),
  }
  return withLiveSnapshots(target, { maxPauseMs: maxPauseOf(given) }, terminal, async (snapshots) => {
    const options = textOptions(terminal)
    terminal.out.write(`${snapshots.map((snapshot) => memoryText(snapshot, options)).join('\n\n')}\n`)
    const forms = [
      [files.json, () => memoryJson(snapshots)],
      [files.html, () => memoryHtml(snapshots)],
    ] as const
    return (await writeFiles(forms, terminal)) ? EXIT.passed : EXIT.unmeasured
  })
}
