import { dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import { dropUndefined } from '../base/drop-undefined.js'
import type { ProgressStream } from '../base/progress.js'
import { RuntimeError } from '../base/runtime-error.js'
import { restartOf } from '../locate/restart.js'
import { type BaselineSection, readSection } from '../measure/baseline-file.js'
import { selfCheck, selfCheckFault } from '../measure/self-check.js'
import { type AttachOptions, attachRuntime } from '../runtime/attach/attach.js'
import { bootRuntime } from '../runtime/boot.js'
import type { LeakReport } from '../types/report.js'
import type { Runtime, RuntimeOptions } from '../types/runtime.js'
import type { Deadline } from './deadline.js'
import type { FileServer } from './file-scope/file-server.js'
import type { FileServers } from './file-scope/file-servers.js'
import type { OpenrestyLeakOptions, ServerScope } from './options.js'
import {
  checkScope,
  checkStartTimeout,
  checkWorkers,
  OptionsError,
  RUNTIME_OPTION_NAMES,
  refuseUnknown,
} from './options.js'
import { OpenrestyServer, type ServerContext, type StartedFrom } from './server.js'
import { testCall } from './test-call.js'
import { OpenrestyWatch, type WatchedInput } from './watching.js'

/** How a test boots a server: `conf` and whatever differs from the plugin's options. Relative paths are relative to the test file. */
export interface StartOptions extends Partial<Omit<RuntimeOptions, 'conf' | 'signal' | 'prepareIn' | 'toldPrefix'>> {
  /** nginx.conf to boot, used as it is; with `prepare` its path within `$PREFIX`. */
  readonly conf: string
  /**
   * `'test'` starts a server for this test alone; `'file'` takes the one that the tests of this file with the same options share, and starts it
   * where there is none, or where a test before has left it in doubt. Default `'test'`, or the plugin's option.
   */
  readonly scope?: ServerScope
}

/** What the `openresty` fixture knows of its test. */
export interface FixtureContext {
  readonly testFile: string
  /** Full name, with its suites. */
  readonly testName: string
  readonly defaults: OpenrestyLeakOptions
  /** Aborted when the test is cancelled or its time is over. */
  readonly signal: AbortSignal
  /** Called with each finished measurement. */
  readonly record: (report: LeakReport) => void
  /** Told what is being done, and for which measurement. Default: nobody is. */
  readonly onStep?: Deadline['noteStep']
  /** Where people see how far it is. Default: nowhere. */
  readonly terminal?: ProgressStream
  /** Default: bootRuntime. */
  readonly boot?: (options: RuntimeOptions) => Promise<Runtime>
  /** The servers of the test's file. Default: it shares none, and each start is its own. */
  readonly shared?: FileServers
  /** Calls this once the test has failed, after its servers are let go. Default: nobody is told. */
  readonly onTestFailed?: (listener: () => void) => void
}

/** The servers of one test. Disposing it ends them, newest first, whether the test passed, threw or never awaited. */
export class OpenrestyFixture implements AsyncDisposable {
  readonly #context: FixtureContext
  readonly #ended = new AbortController()
  readonly #booting: Promise<Runtime>[] = []
  readonly #watches: OpenrestyWatch[] = []
  readonly #taken = new Set<FileServer>()
  #measured = 0

  constructor(context: FixtureContext) {
    this.#context = context
  }

  /**
   * Boots OpenResty with the user's own conf; it is stopped when the test ends, or with `scope: 'file'` when its file does.
   * @throws RuntimeError if it does not come up; OptionsError for an option that does not exist
   */
  start(options: StartOptions): Promise<OpenrestyServer> {
    return testCall(this.start, this.#signal(), () => this.#start(options))
  }

  async #start(options: StartOptions): Promise<OpenrestyServer> {
    checkConf(options)
    refuseUnknown('openresty.start()', options, START_OPTION_NAMES)
    checkWorkers('openresty.start()', options.workers)
    checkStartTimeout('openresty.start()', options.startTimeoutMs)
    checkScope('openresty.start()', options.scope)
    const { defaults, shared } = this.#context
    const runtimeOptions = this.#runtimeOptions(options)
    this.#context.onStep?.('starting nginx')
    const scope = options.scope ?? defaults.scope ?? 'test'
    return scope === 'file' && shared ? this.#take(shared, runtimeOptions) : this.#startOwn(runtimeOptions)
  }

  async #startOwn(options: RuntimeOptions): Promise<OpenrestyServer> {
    const { boot = bootRuntime } = this.#context
    const signal = this.#signal()
    const booting = boot({ ...options, signal })
    this.#booting.push(booting)
    const selfCheck = onceFor({ ...options, signal }, signal)
    return this.#server(await booting, options, { selfCheck })
  }

  /** The server of the file, as this test has it. */
  async #take(servers: FileServers, options: RuntimeOptions): Promise<OpenrestyServer> {
    const { boot = bootRuntime } = this.#context
    const signal = this.#signal()
    const { server, renewed } = await servers.take(options, { boot, signal })
    if (!this.#taken.has(server)) this.#context.onTestFailed?.(() => server.noteFailure(this.#context.testName))
    this.#taken.add(server)
    return this.#server(server.runtime, options, {
      selfCheck: () => server.checkItself(signal),
      shared: {
        server,
        testName: this.#context.testName,
        firstNumber: server.history.nextNumber,
        ...(renewed !== undefined && { renewed }),
      },
    })
  }

  #server(
    runtime: Runtime,
    options: RuntimeOptions,
    { selfCheck, ...rest }: Pick<StartedFrom, 'selfCheck'> & Pick<ServerContext, 'shared'>,
  ): OpenrestyServer {
    const { defaults, boot = bootRuntime } = this.#context
    const signal = this.#signal()
    const asBooted = { ...options, signal }
    return new OpenrestyServer(runtime, {
      ...this.#serverContext(signal),
      ...rest,
      started: {
        boot: asBooted,
        restart: restartOf(asBooted, runtime, boot),
        ...(defaults.selfCheck && { selfCheck }),
      },
    })
  }

  /**
   * A server that somebody else started (Kong, APISIX, compose), by a worker's or master's pid or by container: measured as one that
   * the test started, and left running. It cannot be reloaded, and its conf is taken as it is.
   * @throws RuntimeError where nothing answers at `url` or there is no such container; WalkerError for a process that cannot be read
   */
  attach(options: AttachOptions): Promise<OpenrestyServer> {
    return testCall(this.attach, this.#signal(), () => this.#attach(options))
  }

  async #attach(options: AttachOptions): Promise<OpenrestyServer> {
    const attaching = attachRuntime(options)
    this.#booting.push(attaching)
    return new OpenrestyServer(await attaching, this.#serverContext(this.#signal()))
  }

  /**
   * Watches a server under load that comes from elsewhere, such as a soak test's: looks at intervals, at the workers of a process, of a
   * container or of a server of this test. It begins at once; `report()` waits for its rounds, `stop()` ends it with what was seen.
   * @throws PlanError or OptionsError for what cannot be watched
   */
  watch(input: WatchedInput): OpenrestyWatch {
    const { defaults, signal, record, baseline } = this.#serverContext(this.#signal())
    const watching = new OpenrestyWatch(input, { defaults, signal, record, ...(baseline && { baseline }) })
    this.#watches.push(watching)
    return watching
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const words = 'the test has ended, and its OpenResty with it: is an await missing before this call?'
    this.#ended.abort(new RuntimeError('RUNTIME_STOPPED', words))
    await Promise.all(this.#watches.splice(0).map((watching) => watching.stopped()))
    for (const server of this.#taken) server.noteTestEnd(this.#context.testName)
    const failures: unknown[] = []
    for (const booting of this.#booting.splice(0).reverse()) {
      // A boot that failed has cleaned up by itself, and its error went to the test that awaited it.
      const runtime = await booting.catch(() => undefined)
      try {
        await runtime?.[Symbol.asyncDispose]()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'OpenResty could not be stopped cleanly')
  }

  #signal(): AbortSignal {
    return AbortSignal.any([this.#context.signal, this.#ended.signal])
  }

  #serverContext(signal: AbortSignal): ServerContext {
    const { defaults, record, terminal, onStep } = this.#context
    return {
      defaults: { ...(defaults.redact !== undefined && { redact: defaults.redact }), ...defaults.plan },
      signal,
      folder: dirname(this.#context.testFile),
      record,
      ...(onStep && { onStep }),
      ...(terminal && { terminal }),
      ...(defaults.baseline !== undefined && { baseline: () => this.#baseline(defaults.baseline!) }),
    }
  }

  /** The section of this measurement: several of one test are numbered in the order they are made. */
  #baseline(file: string): Promise<BaselineSection> {
    const { testFile, testName, defaults } = this.#context
    const number = ++this.#measured
    const name = `${relative(dirname(file), testFile).replaceAll(sep, '/')} > ${testName}${number === 1 ? '' : ` ${number}`}`
    return readSection(file, name, { update: defaults.updateBaseline ?? false, mustExist: false })
  }

  #runtimeOptions(options: StartOptions): RuntimeOptions {
    const from = dirname(this.#context.testFile)
    const merged: RuntimeOptions = {
      runtime: 'auto',
      ...pick(this.#context.defaults, RUNTIME_OPTION_NAMES),
      ...dropUndefined(options),
      conf: options.conf,
    }
    return {
      ...merged,
      ...(merged.prepare === undefined ? { conf: resolve(from, merged.conf) } : { prepareIn: from }),
      ...(merged.prefix !== undefined && { prefix: resolve(from, merged.prefix) }),
      ...(merged.dockerfile !== undefined && { dockerfile: resolve(from, merged.dockerfile) }),
      ...(merged.openresty !== undefined && { openresty: executable(from, merged.openresty) }),
    }
  }
}

const START_OPTION_NAMES = ['conf', 'prefix', 'scope', ...RUNTIME_OPTION_NAMES]

/** @throws OptionsError where it is left out, which the types do not let pass and JavaScript does */
function checkConf(options: StartOptions | undefined): void {
  if (typeof options?.conf === 'string') return
  const given = options === undefined ? 'nothing' : JSON.stringify(options)
  throw new OptionsError(
    'OPTION_INVALID',
    `openresty.start() needs { conf: 'nginx.conf' }, a path from the test file, not ${given}.`,
  )
}

/** One check stands for all measurements of a server. */
function onceFor(options: RuntimeOptions, signal: AbortSignal): () => Promise<string | undefined> {
  let checked: Promise<string | undefined> | undefined
  return () => {
    checked ??= selfCheck(options, { signal }).then(selfCheckFault)
    return checked
  }
}

/** A bare name stays one, to be looked up on PATH. */
function executable(from: string, name: string): string {
  return name.includes('/') && !isAbsolute(name) ? resolve(from, name) : name
}

function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Partial<Pick<T, K>> {
  return dropUndefined(Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>)
}
