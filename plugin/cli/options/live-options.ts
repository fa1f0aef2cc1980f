import type { Command } from 'commander'
import type { LiveTarget } from '../../heapwalk/live.js'
import { UsageError } from './usage.js'

/** What names a live target on the command line. */
export interface LiveArguments {
  readonly pid?: string
  readonly container?: string
  readonly maxPause?: string
}

/** Adds -p, --container and --max-pause to a command. */
export function withLiveOptions(command: Command): Command {
  return command
    .option('-p, --pid <pid>', 'worker, privileged agent or helper; or a master, for all of its workers')
    .option('--container <id>', 'container by id or name, for all workers in it')
    .option('--max-pause <ms>', 'stop no worker for longer: refuse, or give up (default: no limit)')
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

/** Milliseconds. */
export function maxPauseOf({ maxPause }: LiveArguments): number | undefined {
  if (maxPause === undefined) return undefined
  if (/^[1-9]\d*$/.test(maxPause) && Number(maxPause) <= 600_000) return Number(maxPause)
  throw new UsageError(`--max-pause ${JSON.stringify(maxPause)} is not a number of milliseconds from 1 to 600000.`)
}
