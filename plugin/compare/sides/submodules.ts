import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BenchError } from '../error.js'
import { git, putFiles } from './git.js'

/**
 * Fills the submodules of a checkout from those of the working tree that it was made from, as its commit names them: `git worktree add` leaves
 * their folders empty, and to clone them anew would take a network and change the repository's configuration.
 * What that working tree has not filled itself stays empty in both.
 * @throws BenchError `BENCH_GIT` where a commit is not there yet
 */
export async function fillSubmodules(
  from: { readonly root: string; readonly commit: string; readonly title: string },
  tree: string,
): Promise<void> {
  for (const { path, commit } of await submodulesOf(from.root, from.commit)) {
    const [source, target] = [join(from.root, path), join(tree, path)]
    if (!existsSync(join(source, '.git'))) continue
    const done = await putFiles(source, commit, target)
    if (!done.ok) {
      throw new BenchError(
        'BENCH_GIT',
        `${from.title} needs ${commit.slice(0, 7)} of its submodule ${path}, which is not here: git -C ${path} fetch. (git says: ${done.err})`,
      )
    }
    await fillSubmodules({ root: source, commit, title: from.title }, target)
  }
}

async function submodulesOf(
  root: string,
  commit: string,
): Promise<{ readonly path: string; readonly commit: string }[]> {
  const { out } = await git(root, 'ls-tree', '-r', '-z', '--full-tree', commit)
  return [...out.matchAll(/(?:^|\0)160000 commit ([0-9a-f]+)\t([^\0]+)/g)].map(([, id, path]) => ({
    path: path!,
    commit: id!,
  }))
}
