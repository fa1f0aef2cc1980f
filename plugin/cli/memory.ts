import { Command } from 'commander'
import { memoryHtml } from '../report/live/live-html.js'
import { memoryJson } from '../report/live/live-json.js'
import { memoryText } from '../report/live/memory-text.js'
import type { Snapshot } from '../types/snapshot.js'
import type { Forms } from './forms/form.js'
import { withLiveSnapshots } from './live-snapshots.js'
import { type FileArguments, filesOf, withFileOptions } from './options/file-options.js'
import { freezeOf, memoryTarget, type TargetArguments, withTargetOptions } from './options/live-options.js'
import { EXIT } from './terminal/exit.js'
import { type Terminal, textOptions } from './terminal/progress.js'
import { besideFiles, writeFiles } from './terminal/write-files.js'

const FORMS = {
  json: { help: 'write the rows as JSON', text: memoryJson },
  html: { help: 'write them as one page', text: memoryHtml },
} as const satisfies Forms<string, readonly Snapshot[]>

type MemoryArguments = TargetArguments & FileArguments<keyof typeof FORMS>

/** `resty-leak memory -p PID`: where the memory of a running worker is. `done` gets the exit code. */
export function memoryCommand(terminal: Terminal, done: (code: number) => void): Command {
  const command = withTargetOptions(new Command('memory'))
    .summary('show where the memory of a running worker is')
    .description(
      'Splits the resident set of a running worker into Lua heap, shared zones, malloc, code and the rest, to the byte. It stands still for as long as the copying takes.',
    )
  return withFileOptions(command, FORMS).action(async (given: MemoryArguments) => {
    done(await memory(given, terminal))
  })
}

async function memory(given: MemoryArguments, terminal: Terminal): Promise<number> {
  const target = memoryTarget(given)
  const files = await filesOf(given, FORMS)
  return withLiveSnapshots(target, freezeOf(given), terminal, async (snapshots) => {
    const screen = besideFiles(terminal, files)
    const options = textOptions(screen)
    screen.out.write(`${snapshots.map((snapshot) => memoryText(snapshot, options)).join('\n\n')}\n`)
    return (await writeFiles(files, FORMS, snapshots, terminal)) ? EXIT.passed : EXIT.unmeasured
  })
}
