import { Command } from 'commander'
import type { NginxProcess } from '../heapwalk/nginx-process.js'
import type { Snapshot } from '../types/snapshot.js'
import { type Forms, STDOUT } from './forms/form.js'
import { withLiveSnapshots } from './live-snapshots.js'
import { freezeOf, memoryTarget, type TargetArguments, withTargetOptions } from './options/live-options.js'
import { writable } from './options/paths.js'
import { UsageError } from './options/usage.js'
import { EXIT } from './terminal/exit.js'
import type { Terminal } from './terminal/progress.js'
import { writeFiles } from './terminal/write-files.js'

const FORMS = {
  output: { help: 'where to write it', text: (taken) => `${JSON.stringify(taken)}\n` },
} as const satisfies Forms<string, Snapshot | undefined>

interface SnapshotArguments extends TargetArguments {
  readonly output: string
  readonly retained?: boolean
}

/** `resty-leak snapshot -p PID -o FILE`: for `resty-leak diff`. `done` gets the exit code. */
export function snapshotCommand(terminal: Terminal, done: (code: number) => void): Command {
  return withTargetOptions(new Command('snapshot'))
    .summary("write a running worker's heap to a file, for diff")
    .description('Writes paths, counts and sizes of one running worker; keys of tables are among the paths.')
    .requiredOption('-o, --output <file>', FORMS.output.help)
    .option('--retained', 'with what would go if the objects of a path went')
    .action(async (given: SnapshotArguments) => {
      done(await snapshot(given, terminal))
    })
}

async function snapshot(given: SnapshotArguments, terminal: Terminal): Promise<number> {
  const target = memoryTarget(given)
  const file = given.output === STDOUT ? STDOUT : await writable('-o', given.output, 'snapshot.json')
  const options = { retained: given.retained ?? false, ...freezeOf(given), choose: oneWorker }
  return withLiveSnapshots(target, options, terminal, async ([taken]) =>
    (await writeFiles({ output: file }, FORMS, taken, terminal)) ? EXIT.passed : EXIT.unmeasured,
  )
}

function oneWorker(workers: readonly NginxProcess[]): readonly NginxProcess[] {
  if (workers.length === 1) return workers
  const pids = workers.map(({ pid }) => pid).join(', ')
  throw new UsageError(`a file holds one worker, and there are ${workers.length}: ${pids}. Give one of them with -p.`)
}
