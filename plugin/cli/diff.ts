import { readFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { whyUnreadable } from '../base/missing-file.js'
import { RESULT_FORMATS } from '../compare/judge/stored.js'
import { parseSnapshot, SnapshotError } from '../heapwalk/snapshot.js'
import { differenceMarkdown } from '../report/live/difference-markdown.js'
import { differenceText } from '../report/live/difference-text.js'
import { differenceHtml } from '../report/live/live-html.js'
import { differenceJson } from '../report/live/live-json.js'
import type { Snapshot } from '../types/snapshot.js'
import { diffResults, type ReadFile, type ResultArguments } from './diff-results.js'
import type { Forms } from './forms/form.js'
import { topOf } from './heap.js'
import { filesOf, withFileOptions } from './options/file-options.js'
import { UsageError } from './options/usage.js'
import { collect } from './options/values.js'
import { EXIT } from './terminal/exit.js'
import { type Terminal, textOptions } from './terminal/progress.js'
import { besideFiles, writeFiles } from './terminal/write-files.js'

interface DiffArguments extends ResultArguments {
  readonly top: string
}

const FORMS = {
  json: { help: 'write the differences as JSON', text: ({ before, after }) => differenceJson(before, after) },
  markdown: { help: 'write them for a pull request', text: ({ before, after }) => differenceMarkdown(before, after) },
  html: {
    help: 'write one page with a graph of both heaps',
    text: ({ before, after }) => differenceHtml(before, after),
  },
} as const satisfies Forms<string, { readonly before: Snapshot; readonly after: Snapshot }>

/** `resty-leak diff A B`: what changed between two snapshots, or two benchmark results. `done` gets the exit code. */
export function diffCommand(terminal: Terminal, done: (code: number) => void): Command {
  const command = new Command('diff')
    .summary('show what changed between two snapshots, or two benchmark results')
    .description(
      'Compares two files of `resty-leak snapshot`, path by path, or two benchmark results, as `resty-leak compare` does.',
    )
    .argument('<before>', 'the earlier snapshot or result')
    .argument('<after>', 'the later one')
    .option('--top <n>', 'paths shown', '20')
  return withFileOptions(command, FORMS)
    .option('--threshold <METRIC:VALUE>', 'results: smallest change that is called; see compare --help', collect)
    .addOption(new Option('--fail-on <what>', 'results: what ends with 1').choices(['leak', 'slower', 'either']))
    .option('--any-environment', 'results: compare times although they were taken in different environments')
    .action(async (before: string, after: string, given: DiffArguments) => {
      done(await diff(before, after, given, terminal))
    })
}

async function diff(one: string, other: string, given: DiffArguments, terminal: Terminal): Promise<number> {
  const results = [await readResult(one), await readResult(other)]
  if (results.some((result) => result !== undefined)) {
    const [before, after] = results
    if (before && after) return diffResults(before, after, given, terminal)
    throw new UsageError(`one of ${one} and ${other} is a benchmark result, the other is not: give two of a kind.`)
  }
  const top = topOf(given.top)
  const [before, after] = [await readSnapshot(one), await readSnapshot(other)]
  const files = await filesOf(given, FORMS)
  const screen = besideFiles(terminal, files)
  screen.out.write(`${differenceText(before, after, { top, ...textOptions(screen) })}\n`)
  return (await writeFiles(files, FORMS, { before, after }, terminal)) ? EXIT.passed : EXIT.unmeasured
}

async function readSnapshot(file: string): Promise<Snapshot> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`cannot read ${file}: ${whyUnreadable(file, cause)} Give what resty-leak snapshot wrote.`, {
      cause,
    })
  })
  try {
    return parseSnapshot(text)
  } catch (cause) {
    if (!(cause instanceof SnapshotError)) throw cause
    throw new UsageError(`${file}: ${cause.message}`, { cause })
  }
}

/** A benchmark result by its format; undefined for anything else, which is then read, or refused, as a snapshot. */
async function readResult(file: string): Promise<ReadFile | undefined> {
  try {
    const value = JSON.parse(await readFile(file, 'utf8')) as { readonly format?: unknown } | null
    return RESULT_FORMATS.includes(String(value?.format)) ? { file, value } : undefined
  } catch {
    return undefined
  }
}
