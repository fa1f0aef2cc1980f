import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { CHANNEL_FD, spawnResident } from '../../base/spawn.js'
import { makeTempFolder } from '../../base/temp-folder.js'
import { BenchError } from '../error.js'
import { git, pathInTree, topOf } from './git.js'
import type { Sides } from './sides.js'
import { fillSubmodules } from './submodules.js'

/**
 * Waits until this process lets go or is gone, in whatever way, and gives the working tree back to its repository.
 * The folder's own janitor may have begun to remove it by then: git takes back what is broken only once it is gone.
 */
const GIVE_BACK = `trap '' INT TERM HUP; unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE; read -r _ <&${CHANNEL_FD}; exec >/dev/null 2>&1
git -C "$1" worktree remove --force "$2" || { rm -rf -- "$2"; git -C "$1" worktree remove --force "$2"; }`

/** Both sides as folders whose paths are equally long: chunk names and search paths are part of the heap that is compared. */
export interface CheckedOut extends AsyncDisposable {
  readonly base: string
  readonly head: string
}

/**
 * Makes both sides available as folders below one temporary folder; a revision is checked out there as a git worktree.
 * All of it goes when it is disposed, or else when this process ends.
 * @throws BenchError `BENCH_GIT` if the revision cannot be checked out
 */
export async function checkOut(sides: Sides): Promise<CheckedOut> {
  const temp = makeTempFolder({ keep: false })
  const giveBack: (() => Promise<void>)[] = [() => temp.remove()]
  const dispose = async () => {
    for (const each of giveBack.splice(0).reverse()) await each()
  }
  const folders = { base: join(temp.path, 'base'), head: join(temp.path, 'head') }
  try {
    symlinkSync(sides.head.root, folders.head)
    if (sides.base.commit === null) symlinkSync(sides.base.root, folders.base)
    else {
      const { root, commit, title } = sides.base
      const tree = join(temp.path, 'tree')
      mkdirSync(tree)
      const keeper = spawnResident('/bin/sh', ['-c', GIVE_BACK, 'sh', root, tree], { logFd: 2 })
      giveBack.push(async () => {
        keeper.channel.end()
        await keeper.ended
      })
      // Hooks of the repository are for its own working trees.
      const added = await git(root, '-c', 'core.hooksPath=/dev/null', 'worktree', 'add', '--detach', tree, commit)
      if (!added.ok) throw new BenchError('BENCH_GIT', `base: ${title} cannot be checked out: ${added.err}`)
      await fillSubmodules({ root: (await topOf(root)) ?? root, commit, title }, tree)
      symlinkSync(join(tree, await pathInTree(root, '')), folders.base)
    }
    return { ...folders, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}
