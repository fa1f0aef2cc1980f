import { Command } from 'commander'
import { heapText } from '../report/live/heap-text.js'
import { heapHtml } from '../report/live/live-html.js'
import { heapJson } from '../report/live/live-json.js'
import type { Snapshot } from '../types/snapshot.js'
import type { Forms } from './forms/form.js'
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

const FORMS = {
  json: { help: 'write the paths as JSON', text: heapJson },
  html: { help: 'write one page with a graph of the heap', text: heapHtml },
} as const satisfies Forms<string, readonly Snapshot[]>

interface HeapArguments extends TargetArguments, RetainedArguments, FileArguments<keyof typeof FORMS> {
  readonly top: string
}

/** `resty-leak heap -p PID`: bytes by reference path of a server that runs. `done` gets the exit code. */
export function heapCommand(terminal: Terminal, done: (code: number) => void): Command {
  const command = withRetainedOptions(withTargetOptions(new Command('heap')))
    .summary('show what the Lua heap of a running worker holds, by reference path')
    .description(
      'Reads the Lua heap of a running worker, which stands still for as long as the copying takes. Nothing in it is changed.',
    )
    .option('--top <n>', 'paths shown', '20')
  return withFileOptions(command, FORMS).action(async (given: HeapArguments) => {
    done(await heap(given, terminal))
  })
}

async function heap(given: HeapArguments, terminal: Terminal): Promise<number> {
  const target = memoryTarget(given)
  const top = topOf(given.top)
  const files = await filesOf(given, FORMS)
  const options = { retained: retainedOf(given), ...freezeOf(given) }
  return withLiveSnapshots(target, options, terminal, async (snapshots) => {
    const screen = besideFiles(terminal, files)
    const form = { top, ...textOptions(screen) }
    screen.out.write(`${snapshots.map((snapshot) => heapText(snapshot, form)).join('\n\n')}\n`)
    return (await writeFiles(files, FORMS, snapshots, terminal)) ? EXIT.passed : EXIT.unmeasured
  })
}

/** @throws UsageError */
export function topOf(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new UsageError(`--top ${JSON.stringify(text)} is not a whole number from 1 up.`)
}
