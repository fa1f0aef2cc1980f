import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeTempFolder } from '../../base/temp-folder.js'
import type { PreparedConf } from '../../conf/prepare.js'
import type { Snapshot } from '../../types/snapshot.js'

/** What `keep` leaves on this machine of a container that goes: conf, snapshots, error log. */
export class KeptFiles {
  readonly folder: string
  #snapshots = 0

  /** `files` are the conf's, by original absolute path. */
  constructor({ files }: Pick<PreparedConf, 'files'>) {
    this.folder = makeTempFolder({ keep: true }).path
    for (const { path, text } of files) {
      const copy = join(this.folder, 'mirror', path)
      mkdirSync(dirname(copy), { recursive: true })
      writeFileSync(copy, text)
    }
  }

  snapshot(snapshot: Snapshot): void {
    this.#snapshots++
    writeFileSync(join(this.folder, `snapshot-${this.#snapshots}-${snapshot.pid}.json`), JSON.stringify(snapshot))
  }

  errorLog(text: string): void {
    writeFileSync(join(this.folder, 'error.log'), text)
  }
}
