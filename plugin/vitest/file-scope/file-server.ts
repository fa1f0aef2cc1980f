import { identityOf } from '../../compare/sides/identity.js'
import { ServerHistory } from '../../measure/history/server-history.js'
import { selfCheck, selfCheckFault } from '../../measure/self-check.js'
import type { RunIdentity } from '../../types/identity.js'
import type { LeakReport } from '../../types/report.js'
import type { Runtime, RuntimeOptions } from '../../types/runtime.js'

/** A server that the tests of a file take in turn, for as long as each of them leaves it as it was. */
export class FileServer {
  readonly runtime: Runtime
  readonly history = new ServerHistory()
  readonly #options: RuntimeOptions
  #underWay = 0
  #spoilt: string | undefined
  #identity: Promise<RunIdentity> | undefined
  #checked: Promise<string | undefined> | undefined

  constructor(runtime: Runtime, options: RuntimeOptions) {
    this.runtime = runtime
    this.#options = options
  }

  /** Why no other test can have it, in words that follow "since"; undefined where it can. */
  get spoilt(): string | undefined {
    return this.#spoilt
  }

  /** The first reason counts: those after it may follow from it. */
  #spoil(why: string): void {
    this.#spoilt ??= why
  }

  /** Runs what loads or changes the server for this test. Where it breaks off, nobody knows what it leaves. */
  async run<T>(testName: string, work: () => Promise<T>): Promise<T> {
    this.#underWay++
    try {
      return await work()
    } catch (error) {
      this.#spoil(`a call of ${quoted(testName)} broke off on the one before`)
      throw error
    } finally {
      this.#underWay--
    }
  }

  /** What grew may go on growing by itself, and what could not be decided may be a leak. */
  noteReport(testName: string, { verdict }: Pick<LeakReport, 'verdict'>): void {
    if (verdict !== 'ok') this.#spoil(`the measurement of ${quoted(testName)} ${WORDS[verdict]} on the one before`)
  }

  /** A test that used it has failed: what it set up may still be there. */
  noteFailure(testName: string): void {
    this.#spoil(`${quoted(testName)} failed on the one before`)
  }

  /** A test that used it has ended. */
  noteTestEnd(testName: string): void {
    if (this.#underWay > 0) this.#spoil(`${quoted(testName)} ended before its calls on the one before did`)
  }

  /** One check stands for all measurements of a server. */
  checkItself(signal: AbortSignal): Promise<string | undefined> {
    this.#checked ??= selfCheck(this.#options, { signal }).then(selfCheckFault)
    return this.#checked
  }

  /** What all reports of measurements of it are known by, each with a time of its own: the revision is what it was started from. */
  async identity(folder: string): Promise<RunIdentity> {
    this.#identity ??= identityOf(folder)
    return { ...(await this.#identity), takenAt: new Date().toISOString() }
  }

  /** What a report of the next measurement has to say of those before it. */
  notes(): string[] {
    const { measurements } = this.history
    if (measurements === 0) return []
    const before = measurements === 1 ? 'another measurement' : `${measurements} other measurements`
    return [`the server is the one of its test file (scope 'file'), and had ${before} before`]
  }
}

const WORDS = { leak: 'found a leak', inconclusive: 'stayed inconclusive', invalid: 'was invalid' } as const

function quoted(testName: string): string {
  return JSON.stringify(testName)
}
