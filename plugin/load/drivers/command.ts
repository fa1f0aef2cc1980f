import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CommandLine } from '../../types/driver.js'
import type { RoundLoad } from '../../types/load.js'
import type { NginxCounters } from '../../types/snapshot.js'
import { LoadError } from '../error.js'
import { LOOK_MS, quietCounters } from '../quiet.js'
import { fillWords, variablesOf } from './command-line.js'
import type { Driver, DriverTarget, Round } from './driver.js'

/** How a command ended, and what it last wrote. */
export interface CommandEnd {
  /** Null where it could not be started, or was ended. */
  readonly exitCode: number | null
  /** Why there is no exit code: `cannot start wrk: No such file or directory`. */
  readonly failure: string | null
  /** Whether its time was over. */
  readonly isLate: boolean
  /** The last lines of its output. */
  readonly output: string
}

export interface RunCommandOptions {
  /** On top of the present environment. */
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** Runs a command to its end, and ends all that it has started. Rejects with the signal's reason only. */
export type RunCommand = (words: readonly string[], options: RunCommandOptions) => Promise<CommandEnd>

export interface CommandPlan {
  readonly command: CommandLine
  /** As the user wrote it. */
  readonly text: string
  /** Longest that it may take for a round, in s. */
  readonly timeoutS: number
  /** What nginx is to count: requests, or the connections that it accepts, which for a server of `stream` are sessions. */
  readonly unit: 'request' | 'connection' | 'session'
}

/** Longest wait for what the command has left in flight, in ms: it was cut off, or nobody waits for its end. */
const REST_MS = 1000

/** The rounds of a command, run once for each. What it does in them only nginx can count. */
export function commandDriver({ command, text, timeoutS, unit }: CommandPlan, run: RunCommand): Driver {
  const counter = unit === 'request' ? 'requests' : 'accepted'
  return {
    kind: 'command',
    async drive(target, round, { signal } = {}) {
      signal?.throwIfAborted()
      const env = variables(command, target, round)
      const words = command.shell ? ['/bin/sh', '-c', command.line] : fillWords(command.words, env)
      const before = counted(await target.counters())
      const startMs = performance.now()
      const seen = async () => counted(await target.counters())[counter] - before[counter]
      const end = await runUntil(run, words, { env, timeoutMs: timeoutS * 1000, signal }, round.enough, seen)
      const durationMs = performance.now() - startMs
      const limit = performance.now() + REST_MS
      const seenNow = () => target.counters()
      const after = counted(await quietCounters(seenNow, () => limit, { signal }))
      const completed = after[counter] - before[counter]
      const why = whyUnjudged(end, timeoutS) ?? (completed === 0 ? whyNone(unit, target) : undefined)
      return commandResult({ text, unit, completed, durationMs, why, output: end.output })
    },
  }
}

/** Runs a command to its end, or until so much was seen. */
async function runUntil(
  run: RunCommand,
  words: readonly string[],
  options: RunCommandOptions,
  enough: number | undefined,
  seen: () => Promise<number>,
): Promise<CommandEnd> {
  if (enough === undefined) return run(words, options)
  const ended = new AbortController()
  const signals = [ended.signal, ...(options.signal ? [options.signal] : [])]
  const running = run(words, { ...options, signal: AbortSignal.any(signals) })
  const over = running.then(
    () => true,
    () => true,
  )
  while (!(await Promise.race([over, sleep(LOOK_MS, false)]))) {
    if ((await seen()) >= enough) ended.abort()
  }
  try {
    return await running
  } catch (error) {
    if (!ended.signal.aborted || options.signal?.aborted) throw error
    return { exitCode: 0, failure: null, isLate: false, output: '' }
  }
}

/** @throws what `target.port` throws for a port that the command names and the conf does not have */
function variables(command: CommandLine, target: DriverTarget, { number, amount }: Round): Record<string, string> {
  const named = [...variablesOf(command)].flatMap((name) => /^PORT_(\d+)$/.exec(name)?.[1] ?? []).map(Number)
  const ports = new Set([...target.ports, ...named])
  return {
    URL: target.url,
    ROUND: String(number),
    AMOUNT: String(amount),
    ...Object.fromEntries([...ports].map((port) => [`PORT_${port}`, String(target.port(port))])),
  }
}

/** @throws LoadError `LOAD_DRIVER` for an nginx that counts nothing */
function counted(counters: NginxCounters | null): NginxCounters {
  if (counters) return counters
  throw new LoadError(
    'LOAD_DRIVER',
    'this build of nginx counts neither requests nor connections, so nobody knows what a command has done: it was built without --with-http_stub_status_module. Take a build with it, or make the load by requests or, in a test, by work, which are counted here.',
  )
}

function whyUnjudged({ exitCode, failure, isLate }: CommandEnd, timeoutS: number): string | undefined {
  if (isLate) {
    return `the command did not end within ${timeoutS} s, and was ended with all that it had started. Where it needs longer: --timeout 5m, in a test timeoutS: 300`
  }
  if (failure !== null) return failure
  if (exitCode === 0 || exitCode === null) return undefined
  // as a shell has it: 128 and the signal that ended it
  const signal = exitCode > 128 ? `, which is signal ${exitCode - 128}` : ''
  return `the command ended with exit code ${exitCode}${signal}`
}

function whyNone(unit: CommandPlan['unit'], { url, ports, port }: DriverTarget): string {
  const places = ports.map((each) => `$PORT_${each}, ${port(each)} here`)
  const where = unit === 'session' ? places.join('; ') : `$URL, ${url} here`
  const noun = unit === 'request' ? 'request' : 'connection'
  const others = unit !== 'session' && places.length > 1 ? ` (other ports of the conf: ${places.join('; ')})` : ''
  return `the command ended well, but nginx counted no ${noun} meanwhile. It has to send to ${where}${others}`
}

function commandResult(seen: {
  readonly text: string
  readonly unit: CommandPlan['unit']
  readonly completed: number
  readonly durationMs: number
  readonly why: string | undefined
  readonly output: string
}): RoundLoad {
  const { text, unit, completed, durationMs, why, output } = seen
  return {
    driver: 'command',
    command: text,
    unit,
    asked: completed,
    completed,
    durationMs,
    bytesRead: 0,
    statuses: {},
    unexpected: 0,
    errors: { connect: 0, reset: 0, timeout: 0, closed: 0 },
    ...(why !== undefined && { gaveUp: why, output }),
    requestsPerSecond: durationMs > 0 ? (completed * 1000) / durationMs : 0,
    perRequest: {},
  }
}
