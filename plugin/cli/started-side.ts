import { join } from 'node:path'
import { RuntimeError } from '../base/runtime-error.js'
import { BenchError } from '../compare/error.js'
import type { Side } from '../compare/run/compare.js'
import type { CheckedOut } from '../compare/sides/checkout.js'
import type { SideSource } from '../compare/sides/sides.js'
import { bootRuntime } from '../runtime/boot.js'
import type { SideName } from '../types/compare/comparison.js'
import type { Runtime, RuntimeOptions } from '../types/runtime.js'
import type { CompareSettings } from './options/compare-options.js'

/** Hint for a base that fails where head does not. */
export const CHECKED_OUT =
  'base is a fresh checkout: files that git does not track are not in it. Where it needs some, prepare a folder and name that with --base.'

interface StartOptions {
  readonly name: SideName
  readonly folders: CheckedOut
  readonly signal: AbortSignal
}

/** One side of a comparison that runs, with what it takes to start it again. */
export class StartedSide implements Side, AsyncDisposable {
  readonly title: string
  readonly revision: Side['revision']
  /** Local servers alone: a container takes longer to start than a round of times. */
  readonly restart?: () => Promise<void>
  #runtime: Runtime

  private constructor({ title, revision }: SideSource, runtime: Runtime, boot: () => Promise<Runtime>) {
    this.title = title
    this.revision = revision
    this.#runtime = runtime
    if (runtime.kind !== 'local') return
    this.restart = async () => {
      await this.#runtime[Symbol.asyncDispose]()
      this.#runtime = await boot()
    }
  }

  /** @throws BenchError `BENCH_BOOT` that names the side; RuntimeError for options that exclude each other; the signal's reason when aborted */
  static async start(
    { sides, runtime }: Pick<CompareSettings, 'sides' | 'runtime'>,
    { name, folders, signal }: StartOptions,
  ): Promise<StartedSide> {
    const folder = folders[name]
    const prefix = sides.prefix === undefined ? {} : { prefix: join(folder, sides.prefix) }
    const conf = runtime.prepare === undefined ? join(folder, sides.conf) : sides.conf
    const options: RuntimeOptions = { ...runtime, ...prefix, conf, prepareIn: folder, signal }
    const boot = () => bootSide(options, { side: sides[name], folder })
    return new StartedSide(sides[name], await boot(), boot)
  }

  get runtime(): Runtime {
    return this.#runtime
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runtime[Symbol.asyncDispose]()
  }
}

async function bootSide(
  options: RuntimeOptions,
  { side, folder }: { readonly side: SideSource; readonly folder: string },
): Promise<Runtime> {
  options.signal?.throwIfAborted()
  try {
    return await bootRuntime(options)
  } catch (error) {
    if (options.signal?.aborted || !(error instanceof RuntimeError) || error.code === 'RUNTIME_OPTIONS') throw error
    const hint = side.name === 'base' && side.commit !== null ? `\n${CHECKED_OUT}` : ''
    const reason = error.message.replaceAll(`${folder}/`, '')
    throw new BenchError('BENCH_BOOT', `${side.title} does not start: ${reason}${hint}`, { cause: error })
  }
}
