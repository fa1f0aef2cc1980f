import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { PreparedFolder } from './prepare-here.js'

/** What an nginx of this machine writes to stderr, with the user's own paths in it. */
export class OwnLog {
  readonly path: string
  readonly #prepared: Pick<PreparedFolder, 'mirror' | 'prefix' | 'toldPrefix'>

  constructor(prepared: Pick<PreparedFolder, 'folder' | 'mirror' | 'prefix' | 'toldPrefix'>) {
    this.path = join(prepared.folder, 'error.log')
    this.#prepared = prepared
  }

  /** @param from bytes to leave out */
  async read(from = 0): Promise<string> {
    const text: string[] = []
    for await (const chunk of createReadStream(this.path, { start: from, encoding: 'utf8' })) text.push(chunk)
    const { mirror, prefix, toldPrefix } = this.#prepared
    return text
      .join('')
      .replaceAll(mirror, '')
      .replaceAll(prefix, () => toldPrefix)
  }

  /** Bytes. */
  async length(): Promise<number> {
    return (await stat(this.path)).size
  }
}
