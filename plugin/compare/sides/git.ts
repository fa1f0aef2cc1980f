import { run } from '../../base/spawn.js'
import type { Revision } from '../../types/identity.js'
import { BenchError } from '../error.js'

/** What git hooks leave in the environment would turn every command to their repository and index. */
const OWN = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX'].flatMap((name) => ['-u', name])

export interface GitAnswer {
  readonly ok: boolean
  readonly out: string
  readonly err: string
}

/** Runs git in a folder. Never rejects. */
export function git(folder: string, ...args: string[]): Promise<GitAnswer> {
  return gitUnder([], folder, args)
}

async function gitUnder(variables: readonly string[], folder: string, args: readonly string[]): Promise<GitAnswer> {
  const { exitCode, stdout, stderr, failure } = await run('env', [...OWN, ...variables, 'git', '-C', folder, ...args])
  return { ok: exitCode === 0, out: stdout, err: stderr || failure || '' }
}

/**
 * Puts the files of a commit of the repository that `folder` is in into another folder. That repository and its
 * index, which is the user's, stay as they are.
 */
export function putFiles(folder: string, commit: string, into: string): Promise<GitAnswer> {
  const apart = [`GIT_WORK_TREE=${into}`, `GIT_INDEX_FILE=${into}/.openresty-leak-index`]
  return gitUnder(apart, folder, ['read-tree', '--reset', '-u', commit])
}

/** Top of the working tree that a folder is in; null outside of one. */
export async function topOf(folder: string): Promise<string | null> {
  const { ok, out } = await git(folder, 'rev-parse', '--show-toplevel')
  return ok ? out : null
}

/** Whether the repository that a folder is in lacks history, and perhaps other branches. */
export async function isShallow(folder: string): Promise<boolean> {
  return (await git(folder, 'rev-parse', '--is-shallow-repository')).out === 'true'
}

/** The commit that a name stands for; null if it stands for none. */
export async function commitOf(folder: string, ref: string): Promise<string | null> {
  // A name that begins with a dash would be an option.
  if (ref.startsWith('-')) return null
  const { ok, out } = await git(folder, 'rev-parse', '--verify', '--quiet', `${ref}^{commit}`)
  return ok ? out : null
}

/** What is checked out in a folder; null outside of a repository, or before its first commit. */
export async function revisionOf(folder: string): Promise<Revision | null> {
  const commit = await commitOf(folder, 'HEAD')
  if (commit === null) return null
  const [branch, changed] = await Promise.all([
    git(folder, 'symbolic-ref', '--quiet', '--short', 'HEAD'),
    changedFiles(folder),
  ])
  return { commit, ref: branch.ok ? branch.out : null, dirty: changed.length > 0 }
}

/**
 * Tracked files that differ from the commit, as `git status` names them.
 * @throws BenchError `BENCH_GIT` where git cannot tell
 */
export async function changedFiles(folder: string): Promise<string[]> {
  const { ok, out, err } = await git(folder, 'status', '--porcelain', '--untracked-files=no')
  if (!ok) throw new BenchError('BENCH_GIT', `git status in ${folder} failed: ${err}`)
  return out.split('\n').filter((line) => line !== '')
}

/** Git names files from the top of the tree; head may be a folder below it. */
export async function pathInTree(root: string, path: string): Promise<string> {
  const { out } = await git(root, 'rev-parse', '--show-prefix')
  return `${out}${path}`
}
