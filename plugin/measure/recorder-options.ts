import type { load } from '../load/client/autocannon.js'
import type { RunIdentity } from '../types/identity.js'

export interface RecorderOptions {
  /** Ends the measurement, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Told what is being done and, of a load that lasts, how far it is; for people. */
  readonly onStep?: (text: string) => void
  /** When, of what and where the measurement is made, for its report. Default: the report does not say. */
  readonly identity?: RunIdentity
  /** Says why nothing measured on this runtime could be believed; undefined where it could. Default: it is believed. */
  readonly selfCheck?: () => Promise<string | undefined>
  /** What sends the requests of a plan of requests. Default: autocannon. */
  readonly load?: typeof load
}
