/** One request as a file tells of it, before anything is left out. */
export interface Sighting {
  /** As written; may be anything. */
  readonly method: string
  /** Request target as sent: `/t?x=1`, an absolute URI, `*`, or anything that a client may have sent. */
  readonly target: string
  /** The Host header, where the file tells it. */
  readonly host?: string
  /** `http://api.test:8080`, where the file says which port it goes to. */
  readonly origin?: string
  /** What it was answered with, where the file tells that. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}
