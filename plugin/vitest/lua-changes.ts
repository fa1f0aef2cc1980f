import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { TEMP_PREFIX } from '../base/temp-folder.js'

/** What a server runs and no test imports. */
export const LUA_FILES = /\.(?:lua|conf)$/

/** Tells changes of Lua and confs from files that were written again as they were, such as a conf that each test makes anew. */
export class LuaChanges {
  readonly #root: string
  readonly #seen = new Map<string, string>()

  constructor(root: string) {
    this.#root = root
  }

  /** Whether a file that was written says something new. The copies that we run from never do. */
  isNew(file: string): boolean {
    if (
      relative(this.#root, file)
        .split(sep)
        .some((name) => name.startsWith(TEMP_PREFIX))
    )
      return false
    const digest = digestOf(file)
    if (this.#seen.get(file) === digest) return false
    this.#seen.set(file, digest)
    return true
  }
}

/** A file that has gone meanwhile has a digest, too. */
function digestOf(file: string): string {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex')
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}
