import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { debugLog } from '../base/debug.js'
import { CHANNEL_FD, type ResidentProcess, spawnResident } from '../base/spawn.js'
import type { ExecOutcome } from '../types/container-engine.js'
import { Heapwalk } from './heapwalk.js'
import { WalkerError, walkerErrorFor } from './walker-error.js'
import { walkerPath } from './walker-path.js'

const log = debugLog('walker')

export interface ResidentOptions {
  /** Receives what the command writes to stdout and stderr. */
  readonly logFd: number
  /** Folder for snapshot files. */
  readonly folder: string
  /** Leave snapshot files there. Default false. */
  readonly keep?: boolean
  /** What is told in the place of a path, in snapshots: of nginx's prefix, where it has a copy. */
  readonly told?: { readonly path: string; readonly as: string }
  /** On top of the present environment. */
  readonly env?: Readonly<Record<string, string>>
}

interface Waiting {
  resolve(answer: string): void
  reject(error: WalkerError): void
}

/**
 * heapwalk as the ancestor of an nginx: it may read what is below it, answers one command after the other, and ends nginx when it is told to,
 * or when this process ends.
 */
export class ResidentWalker {
  readonly heapwalk = new Heapwalk((args) => this.#exec(args))
  readonly #process: ResidentProcess
  readonly #options: ResidentOptions
  readonly #waiting: Waiting[] = []
  #first: Waiting | null = null
  #end: WalkerError | null = null
  #taken = 0
  #nginxPid = 0

  private constructor(process: ResidentProcess, options: ResidentOptions) {
    this.#process = process
    this.#options = options
    const lines = createInterface({ input: process.channel })
    lines.on('line', (line) => this.#receive(line))
    // a broken channel shows as its end, which follows
    lines.on('error', () => {})
    // the channel's last lines come before its end, but the end of the process may come before both
    process.channel.once('close', () => void process.ended.then((why) => this.#finish(`heapwalk ended: ${why}`)))
  }

  /** Starts `command` under heapwalk. Throws WalkerError `WALKER_MISSING`, or `WALKER_ENDED` if either ends at once. */
  static async start(command: string, args: readonly string[], options: ResidentOptions): Promise<ResidentWalker> {
    const walker = new ResidentWalker(
      spawnResident(walkerPath(), ['exec', '--control', String(CHANNEL_FD), '--', command, ...args], {
        logFd: options.logFd,
        ...(options.env && { env: options.env }),
      }),
      options,
    )
    const ready = await new Promise<string>((resolve, reject) => {
      if (walker.#end) reject(walker.#end)
      else walker.#first = { resolve, reject }
    })
    walker.#nginxPid = Number(ready)
    return walker
  }

  /** Pid of the command. */
  get nginxPid(): number {
    return this.#nginxPid
  }

  /** Why the command or heapwalk ended; null while both run. */
  get ended(): WalkerError | null {
    return this.#end
  }

  /** Ends the command and everything it started. Does nothing where it has ended. */
  async quit(): Promise<void> {
    if (!this.#end) {
      try {
        const { exitCode, stderr } = await this.#ask('quit')
        if (exitCode !== 0) throw walkerErrorFor(exitCode, stderr, 'end nginx')
      } catch (error) {
        if (!this.#end) throw error
      }
    }
    this.#process.channel.end()
    await this.#process.ended
  }

  /** The commands that heapwalk takes on its control channel: `counters PID`, and `snap PID FILE`. */
  async #exec([command, , pid]: readonly string[]): Promise<ExecOutcome> {
    if (command !== 'snap') return this.#ask(`${command} ${pid}`)
    const file = join(this.#options.folder, `snapshot-${++this.#taken}-${pid}.json`)
    const outcome = await this.#ask(`snap ${pid} ${file}`)
    if (outcome.exitCode !== 0) return outcome
    try {
      const { told } = this.#options
      const text = await readFile(file, 'utf8')
      return { ...outcome, stdout: told ? text.replaceAll(told.path, () => told.as) : text }
    } finally {
      if (!this.#options.keep) await rm(file, { force: true })
    }
  }

  /** @throws WalkerError where heapwalk or nginx has ended */
  #ask(line: string): Promise<ExecOutcome> {
    if (this.#end) return Promise.reject(this.#end)
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        resolve: (answer) => {
          const [, exitCode, stderr = ''] = /^error (\d+) ?(.*)$/.exec(answer) ?? []
          resolve({ exitCode: Number(exitCode ?? 0), stdout: exitCode ? '' : answer.replace(/^ok ?/, ''), stderr })
        },
        reject,
      })
      log('> %s', line)
      this.#process.channel.write(`${line}\n`)
    })
  }

  #receive(line: string): void {
    log('< %s', line)
    const [word, rest = ''] = line.split(/ (.*)/)
    if (word === 'ready') {
      this.#first?.resolve(rest)
      this.#first = null
    } else if (word === 'error' && this.#first) {
      this.#finish(`heapwalk could not start nginx: ${rest.replace(/^\d+ /, '')}`)
    } else if (word === 'exit') {
      this.#finish(`nginx ended with code ${rest}`)
    } else {
      const next = this.#waiting.shift()
      if (next) next.resolve(line)
      else this.#finish(`heapwalk said what nobody asked: ${line}`, 'WALKER_PROTOCOL')
    }
  }

  #finish(why: string, code: 'WALKER_ENDED' | 'WALKER_PROTOCOL' = 'WALKER_ENDED'): void {
    this.#end ??= new WalkerError(code, why)
    for (const { reject } of [...(this.#first ? [this.#first] : []), ...this.#waiting.splice(0)]) reject(this.#end)
    this.#first = null
  }
}
