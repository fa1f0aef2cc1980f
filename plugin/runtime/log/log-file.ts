import { createReadStream } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import type { LogComplaints } from '../../types/log.js'
import { LogTally } from './log-tally.js'

/** Read at a time, in bytes. */
const CHUNK = 1 << 20

/** An error log that a running nginx writes to a file: each look reads what is new. */
export class LogFile {
  readonly path: string
  readonly #decoder = new StringDecoder('utf8')
  readonly #tally = new LogTally()
  #read = 0
  #reading: Promise<unknown> = Promise.resolve()

  constructor(path: string) {
    this.path = path
  }

  /** What it has complained of so far. */
  async complaints(): Promise<LogComplaints> {
    // two looks at once would read the same piece twice
    const next = this.#reading.then(() => this.#readOn())
    this.#reading = next.catch(() => {})
    await next
    return this.#tally.complaints
  }

  async #readOn(): Promise<void> {
    for await (const chunk of createReadStream(this.path, { start: this.#read, highWaterMark: CHUNK })) {
      this.#read += chunk.length
      this.#tally.push(this.#decoder.write(chunk))
    }
  }
}
