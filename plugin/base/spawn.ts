import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { execa } from 'execa'

export interface RunResult {
  /** Null if it could not be started or a signal ended it. */
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
  /** Why there is no exit code: `spawn x ENOENT`, `was terminated with SIGKILL`. */
  readonly failure: string | null
}

export interface RunOptions {
  /** On top of the present environment. */
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly cwd?: string | undefined
  /** Ends the command. Default: no limit. */
  readonly timeoutMs?: number | undefined
}

/** Runs a command to its end. Never rejects: what went wrong is in the result. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const result = await execa(command, args, {
    reject: false,
    ...(options.env && { env: options.env }),
    ...(options.cwd && { cwd: options.cwd }),
    stdin: 'ignore',
    ...(options.timeoutMs !== undefined && { timeout: options.timeoutMs }),
  })
  const ended = result.exitCode !== undefined
  return {
    exitCode: result.exitCode ?? null,
    stdout: String(result.stdout ?? ''),
    stderr: String(result.stderr ?? ''),
    failure: ended ? null : (result.originalMessage ?? result.shortMessage ?? 'ended by a signal'),
  }
}

/**
 * Runs a command to its end in its user's sight: its output goes where ours does. Never rejects.
 * @returns its exit code; null if it could not be started or a signal ended it
 */
export async function runInSight(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd: string
    /** On top of the present environment. */
    readonly env: Readonly<Record<string, string>>
    readonly signal: AbortSignal
  },
): Promise<number | null> {
  const result = await execa(command, args, {
    reject: false,
    cwd: options.cwd,
    env: options.env,
    cancelSignal: options.signal,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return result.exitCode ?? null
}

/** A child that stays, with a two-way channel on descriptor 3. */
export interface ResidentProcess {
  /** Undefined if it could not be started. */
  readonly pid: number | undefined
  readonly channel: Duplex
  /** Resolves when it has ended, with why: `code 1`, `SIGKILL`, `spawn x ENOENT`. Never rejects. */
  readonly ended: Promise<string>
}

/** The descriptor that a resident process has its channel on. */
export const CHANNEL_FD = 3

/**
 * Starts a child that outlives no one: it sees the end of its parent on its channel. It has a process group of its own,
 * so a Ctrl-C at the terminal reaches it only through us. stdout and stderr go to the open descriptor `logFd`.
 */
export function spawnResident(
  command: string,
  args: readonly string[],
  options: { readonly logFd: number; readonly env?: Readonly<Record<string, string>>; readonly cwd?: string },
): ResidentProcess {
  // any descriptor will do; execa's types name the first ones only
  const logFd = options.logFd as 3
  const child = execa(command, args, {
    reject: false,
    buffer: false,
    detached: true,
    stdio: ['ignore', logFd, logFd, 'pipe'],
    ...(options.env && { env: options.env }),
    ...(options.cwd && { cwd: options.cwd }),
  })
  const channel = child.stdio[CHANNEL_FD] as unknown as Duplex
  // a broken channel shows as its end
  channel.on('error', () => {})
  return {
    pid: child.pid,
    channel,
    ended: endOf(child),
  }
}

/** How a child that never rejects for its end has ended. */
function endOf(child: PromiseLike<{ exitCode?: number; signal?: string; originalMessage?: string }>): Promise<string> {
  return Promise.resolve(child).then(
    ({ exitCode, signal, originalMessage }) =>
      exitCode !== undefined ? `code ${exitCode}` : (signal ?? originalMessage ?? 'unknown'),
    (error: Error) => error.message,
  )
}

/** A resident process whose output is read. */
export interface PipedProcess extends ResidentProcess {
  /** Hears what it writes to stdout and stderr, as text. */
  onOutput(hear: (text: string) => void): void
  kill(): void
  /** Ends it with all that is in its process group. */
  killGroup(): void
  /** Lets our process end before it, of which its channel tells it. */
  unref(): void
}

/** Starts a child with a process group of its own, a two-way channel on descriptor 3, and its output for us. */
export function spawnPiped(
  command: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string },
): PipedProcess {
  const child = execa(command, args, {
    reject: false,
    buffer: false,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    ...(options.env && { env: options.env }),
    ...(options.cwd && { cwd: options.cwd }),
  })
  const { pid } = child
  const channel = child.stdio[CHANNEL_FD] as unknown as Duplex
  channel?.on('error', () => {})
  return {
    pid,
    channel,
    ended: endOf(child),
    onOutput(hear) {
      for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', hear)
    },
    kill: () => child.kill('SIGKILL'),
    unref() {
      child.unref()
      for (const stream of [channel, child.stdout, child.stderr]) (stream as Socket | null)?.unref()
    },
    killGroup() {
      try {
        if (pid !== undefined) process.kill(-pid, 'SIGKILL')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    },
  }
}
