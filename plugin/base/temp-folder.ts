import { randomUUID } from 'node:crypto'
import { mkdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnResident } from './spawn.js'

/** How the names of our folders begin. */
export const TEMP_PREFIX = 'vitest-openresty-leak-'

/** Waits for the end of its channel, that is of the process that holds the other side, and removes the folder. */
const JANITOR = `trap '' INT TERM HUP; read -r _ <&3; rm -rf -- "$1"`

/** A folder that goes when it is removed, or else when this process ends, in whatever way. */
export interface TempFolder {
  readonly path: string
  /** Removes the folder unless it is to be kept. */
  remove(): Promise<void>
}

/** Makes a private folder; `keep` leaves it in place for good. */
export function makeTempFolder(options: { readonly keep: boolean }): TempFolder {
  const path = join(realpathSync(tmpdir()), TEMP_PREFIX + randomUUID())
  if (options.keep) {
    mkdirSync(path, { mode: 0o700 })
    return { path, remove: async () => {} }
  }
  // The janitor comes first: this process may be killed at any moment.
  const janitor = spawnResident('/bin/sh', ['-c', JANITOR, 'sh', path], { logFd: 2 })
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    janitor.channel.end()
    throw error
  }
  return {
    path,
    async remove() {
      rmSync(path, { recursive: true, force: true })
      janitor.channel.end()
      await janitor.ended
    },
  }
}
