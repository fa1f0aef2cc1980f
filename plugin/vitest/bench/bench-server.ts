import { afterAll, beforeAll, expect, inject } from 'vitest'
import { KeepAliveRequest } from '../../compare/times/keep-alive.js'
import { driverTarget } from '../../load/drivers/driver-target.js'
import { parseRequest } from '../../load/plan/request.js'
import { DEFAULT_EXPECTED, parseStatusRanges } from '../../load/plan/status.js'
import type { RequestInput } from '../../types/request.js'
import { EndWithParent } from '../end-with-parent.js'
import { OpenrestyFixture, type StartOptions } from '../fixture.js'
import { type OpenrestyLeakOptions, refuseUnknown } from '../options.js'
import type { OpenrestyServer } from '../server.js'
import { seenFrom, testCall } from '../test-call.js'

/** The server of a bench file is asked for before it was started. `code` is `BENCH_NOT_STARTED`. */
export class BenchServerError extends Error {
  override readonly name = 'BenchServerError'
  readonly code = 'BENCH_NOT_STARTED'
}

/** How one request of a benchmark is judged. */
export interface BenchedRequestOptions {
  /** Statuses that are no failure, such as `200,404`. Default `200-399`. */
  readonly expectStatus?: string
}

/**
 * Boots the user's own conf for the benchmarks of this file: once, before the first, and ended after the last, however they end.
 * To be called at the top of a bench file, since Vitest runs no hooks of a suite within one. The plugin's options are its defaults.
 * @throws RuntimeError, in the file's result, if it does not come up; OptionsError for an option that does not exist
 */
export function benchServer(options: StartOptions): BenchServer {
  const server = new BenchServer(options)
  beforeAll(() => server.start())
  afterAll(() => server.stop())
  return server
}

/** The server of a bench file. */
export class BenchServer {
  readonly #ended = new AbortController()
  readonly #fixture: OpenrestyFixture
  readonly #booted: Promise<OpenrestyServer>
  readonly #requests: KeepAliveRequest[] = []
  #boot: () => void = () => {}
  #parent: EndWithParent | undefined
  #server: OpenrestyServer | undefined
  #failure: unknown

  /** @param options as `openresty.start()` takes them; relative paths are relative to the file */
  constructor(options: StartOptions) {
    this.#fixture = new OpenrestyFixture({
      testFile: expect.getState().testPath!,
      testName: '',
      defaults: (inject('openrestyLeak') as OpenrestyLeakOptions | undefined) ?? {},
      signal: this.#ended.signal,
      record: () => {},
    })
    const begun = new Promise<void>((resolve) => {
      this.#boot = resolve
    })
    // Called here, an error shows the line of the bench file, which Vitest's hook is no part of.
    this.#booted = testCall(benchServer, this.#ended.signal, async () => {
      await begun
      return await this.#fixture.start(options)
    })
    // a file whose benchmarks are all skipped never waits for it
    this.#booted.catch(() => {})
  }

  /** Origin of the conf's first http listen: `http://127.0.0.1:8080`. */
  get url(): string {
    return this.#started('url').url
  }

  /** The server as a leak test has it: `load`, `fetch`, `port`, `errorLog`. */
  get openresty(): OpenrestyServer {
    return this.#started('openresty')
  }

  /**
   * What `bench` takes: sends this request over one connection that is kept alive, and waits for the whole answer. Placeholders are filled
   * anew each time.
   * @throws LoadError for a request or a status that cannot be read; BenchError, when it is called, for a status that is not expected or no answer
   */
  request(request: RequestInput, options: BenchedRequestOptions = {}): () => Promise<void> {
    refuseUnknown('request()', options, ['expectStatus'] satisfies (keyof BenchedRequestOptions)[])
    const spec = parseRequest(request)
    const expectStatus = parseStatusRanges(options.expectStatus ?? DEFAULT_EXPECTED)
    const here = { stack: '' }
    Error.captureStackTrace(here, this.request)
    let kept: KeepAliveRequest | undefined
    const send = async () => {
      kept ??= this.#keep(
        new KeepAliveRequest(driverTarget(this.#started('request').runtime), spec, { title: 'bench', expectStatus }),
      )
      await kept.send()
    }
    return () => send().catch((error: unknown) => this.#fail(seenFrom(here.stack, error)))
  }

  /** Boots it. Vitest calls this before the first benchmark. */
  async start(): Promise<void> {
    this.#parent = new EndWithParent()
    this.#boot()
    this.#server = await this.#booted
  }

  /**
   * Ends it and all connections to it. Vitest calls this after the last benchmark.
   * @throws the first error of a request
   */
  async stop(): Promise<void> {
    using _ = this.#parent
    this.#server = undefined
    for (const request of this.#requests.splice(0)) request[Symbol.dispose]()
    this.#ended.abort(new Error('the benchmarks of this file have ended, and their OpenResty with them'))
    await this.#fixture[Symbol.asyncDispose]()
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Vitest 3 and 4 keep to themselves what a benchmark throws, and end with 0. */
  #fail(error: unknown): never {
    const isFirst = this.#failure === undefined
    this.#failure ??= error
    // Where the hooks never ran, stop() will not tell it either: an error that nobody handles fails the run.
    if (isFirst && this.#parent === undefined) void Promise.reject(error)
    throw error
  }

  #keep(request: KeepAliveRequest): KeepAliveRequest {
    this.#requests.push(request)
    return request
  }

  #started(what: string): OpenrestyServer {
    if (this.#server) return this.#server
    throw new BenchServerError(
      `${what} of benchServer() before its OpenResty was started. Call benchServer() at the top of the bench file, outside of describe(), and use it within bench().`,
    )
  }
}
