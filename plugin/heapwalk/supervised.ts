import { createInterface } from 'node:readline'
import { debugLog } from '../base/debug.js'
import { CHANNEL_FD, type PipedProcess, spawnPiped } from '../base/spawn.js'
import { walkerPath } from './walker-path.js'

const log = debugLog('command')

/** How a supervised command ended. */
export interface SupervisedEnd {
  /** Null where it could not be started, or was ended. 128 + the signal where one ended it. */
  readonly exitCode: number | null
  readonly failure: string | null
  readonly isLate: boolean
  /** The last lines that it, and what it started, wrote to stdout and stderr. */
  readonly output: string
}

export interface SupervisedOptions {
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** Bytes of output that are kept, and lines of it. */
const TAIL_BYTES = 16_384
const TAIL_LINES = 20
/** Ending everything takes heapwalk twice three seconds at the most; then it hangs itself. */
const END_MS = 10_000

/**
 * Runs a command below heapwalk, which everything that it starts comes back to: none of it outlives the command, nor
 * this process, however either ends.
 * Its output goes to the debug log. Elsewhere than on Linux it has a process group of its own, which is ended with it.
 * @throws the signal's reason when aborted; nothing of the command is left then
 */
export async function runSupervised(words: readonly string[], options: SupervisedOptions): Promise<SupervisedEnd> {
  const { timeoutMs, signal, env } = options
  signal?.throwIfAborted()
  log('%s', words.join(' '))
  const supervisor = process.platform === 'linux' ? new Heapwalk(words, env) : new Group(words, env)
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    supervisor.end()
  }, timeoutMs)
  const abort = () => supervisor.end()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    const { exitCode, failure } = await supervisor.ended
    signal?.throwIfAborted()
    log('ended with %o', exitCode ?? failure)
    return { exitCode: isLate ? null : exitCode, failure, isLate, output: supervisor.tail.text }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

type End = Pick<SupervisedEnd, 'exitCode' | 'failure'>

interface Supervisor {
  readonly tail: Tail
  readonly ended: Promise<End>
  end(): void
}

/** heapwalk says on its channel how the command ended. */
class Heapwalk implements Supervisor {
  readonly tail = new Tail()
  readonly ended: Promise<End>
  readonly #process: PipedProcess
  #end: End | undefined

  constructor([program = '', ...args]: readonly string[], env: SupervisedOptions['env']) {
    this.#process = spawnPiped(walkerPath(), ['exec', '--control', String(CHANNEL_FD), '--', program, ...args], { env })
    this.#process.onOutput((text) => this.tail.push(text))
    const lines = createInterface({ input: this.#process.channel })
    lines.on('line', (line) => this.#hear(line))
    lines.on('error', () => {})
    this.ended = this.#process.ended.then(
      (why) => this.#end ?? { exitCode: null, failure: `the command was ended: ${why}` },
    )
  }

  end(): void {
    this.#end ??= { exitCode: null, failure: null }
    this.#process.channel.end('quit\n')
    setTimeout(() => this.#process.kill(), END_MS).unref()
  }

  #hear(line: string): void {
    const [, word, rest = ''] = /^(\S+) ?(.*)$/.exec(line) ?? []
    if (word === 'exit') this.#end ??= { exitCode: Number(rest), failure: null }
    if (word === 'error') this.#end ??= { exitCode: null, failure: notStarted(rest.replace(/^\d+ /, '')) }
  }
}

function notStarted(why: string): string {
  return `${why}. Is it installed, and on PATH?`
}

/** A process group, for systems that heapwalk does not run on. */
class Group implements Supervisor {
  readonly tail = new Tail()
  readonly ended: Promise<End>
  readonly #process: PipedProcess
  readonly #end = () => this.#process.killGroup()

  constructor([program = '', ...args]: readonly string[], env: SupervisedOptions['env']) {
    this.#process = spawnPiped(program, args, { env })
    this.#process.onOutput((text) => this.tail.push(text))
    process.once('exit', this.#end)
    this.ended = this.#process.ended.then((why) => {
      process.off('exit', this.#end)
      this.#process.killGroup()
      const code = /^code (\d+)$/.exec(why)?.[1]
      return code === undefined
        ? { exitCode: null, failure: `the command was ended: ${why}` }
        : { exitCode: Number(code), failure: null }
    })
  }

  end(): void {
    this.#process.killGroup()
  }
}

/** The end of what was written, however much that is. */
class Tail {
  #text = ''

  push(chunk: string): void {
    log('%s', chunk.trimEnd())
    this.#text = (this.#text + chunk).slice(-TAIL_BYTES)
  }

  get text(): string {
    // what redraws a line on a terminal writes it anew behind a carriage return
    const lines = this.#text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '')
    return lines.slice(-TAIL_LINES).join('\n')
  }
}
