import { type Command, Option } from 'commander'
import type { CoreTarget, Freeze, FreezeOptions, SnapshotOptions } from '../../heapwalk/heapwalk.js'
import type { LiveTarget } from '../../heapwalk/live.js'
import { UsageError } from './usage.js'

/** What names a live target on the command line. */
export interface LiveArguments {
  readonly pid?: string
  readonly container?: string
  readonly maxPause?: string
  readonly freeze?: Freeze
}

/** Adds -p, --container, --max-pause and --freeze to a command. */
export function withLiveOptions(command: Command): Command {
  return command
    .option('-p, --pid <pid>', 'worker, privileged agent or helper; or a master, for all of its workers')
    .option('--container <id>', 'container by id or name, for all workers in it')
    .option('--max-pause <ms>', 'stop no worker for longer: refuse, or give up (default: no limit)')
    .addOption(
      new Option(
        '--freeze <how>',
        'fork: clone a worker and read the clone, so that it stands still for the cloning alone; takes memory while it lasts (default: stop)',
      ).choices(['stop', 'fork'] satisfies Freeze[]),
    )
}

/** @throws UsageError unless there is exactly one target */
export function liveTarget({ pid, container }: LiveArguments): LiveTarget {
  if (pid !== undefined && container !== undefined) {
    throw new UsageError('-p and --container exclude each other: -p is a process of this machine.')
  }
  if (container !== undefined) return { container }
  if (pid === undefined)
    throw new UsageError(
      'whose? Give -p PID (a worker or another process of nginx, or a master for all its workers), or --container ID.',
    )
  if (!/^[1-9]\d{0,9}$/.test(pid)) throw new UsageError(`-p ${JSON.stringify(pid)} is not a process id.`)
  return { pid: Number(pid) }
}

/** A pid where the text is a number, else a container's id or name: for `run --attach`. */
export function attachTarget(text: string): LiveTarget {
  return /^[1-9]\d{0,9}$/.test(text) ? { pid: Number(text) } : { container: text }
}

/** What names a live target, or a file with a process's memory. */
export interface TargetArguments extends LiveArguments {
  readonly core?: string
  readonly sysroot?: string
  readonly exe?: string
}

/** Adds --core, --sysroot and --exe as well. */
export function withTargetOptions(command: Command): Command {
  return withLiveOptions(command)
    .option('--core <file>', 'core file of a worker (of the kernel, or of gcore), or an image that heapwalk saved')
    .option('--sysroot <dir>', 'root folder of the machine or container that the core comes from (default: /)')
    .option('--exe <file>', "the core's nginx, where it is not where the core says")
}

/** @throws UsageError unless there is exactly one target */
export function memoryTarget({ core, sysroot, exe, ...live }: TargetArguments): LiveTarget | CoreTarget {
  if (core === undefined) {
    if (exe !== undefined) throw new UsageError('--exe is the program of a core file: give that with --core.')
    if (sysroot !== undefined) throw new UsageError('--sysroot has the files of a core file: give that with --core.')
    return liveTarget(live)
  }
  const given = (['pid', 'container', 'maxPause', 'freeze'] as const).find((name) => live[name] !== undefined)
  if (given) throw new UsageError(`--core and ${NAMES[given]} exclude each other: a core file is no running process.`)
  return { core, ...(sysroot !== undefined && { sysroot }), ...(exe !== undefined && { program: exe }) }
}

const NAMES = { pid: '-p', container: '--container', maxPause: '--max-pause', freeze: '--freeze' } as const

export interface RetainedArguments {
  readonly retained?: boolean
}

/** Adds --retained and --no-retained to a command that shows what paths retain. */
export function withRetainedOptions(command: Command): Command {
  return command
    .option(
      '--retained',
      'also what would go if the objects of a path went, however long it takes (default: where it takes less than about a second)',
    )
    .option('--no-retained', 'leave that out')
}

export function retainedOf({ retained }: RetainedArguments): SnapshotOptions['retained'] {
  return retained ?? 'cheap'
}

/** @throws UsageError */
export function freezeOf({ maxPause, freeze }: LiveArguments): FreezeOptions {
  return { freeze, maxPauseMs: maxPauseMsOf(maxPause) }
}

function maxPauseMsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d*$/.test(text) && Number(text) <= 600_000) return Number(text)
  throw new UsageError(`--max-pause ${JSON.stringify(text)} is not a number of milliseconds from 1 to 600000.`)
}
