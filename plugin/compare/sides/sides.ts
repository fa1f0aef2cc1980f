import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { SideName } from '../../types/compare/comparison.js'
import type { Revision } from '../../types/identity.js'
import { BenchError } from '../error.js'
import { changedFiles, commitOf, git, isShallow, pathInTree, revisionOf, topOf } from './git.js'

/** What is to be compared, as asked for. Folders are relative to the working directory. */
export interface SidesInput {
  /** nginx.conf of head: a file here, or its path within both sides. */
  readonly conf: string
  /** Git revision, or a folder. */
  readonly base: string
  /** Folder. Default: the top of the git repository that the conf is in. */
  readonly head?: string | undefined
  /** Whether a command makes the conf on both sides, so that there is none yet. */
  readonly prepared?: boolean
  /** nginx prefix, within both sides like the conf. */
  readonly prefix?: string | undefined
  /** Take head with its uncommitted changes. */
  readonly dirty?: boolean
}

/** Where one side is. `commit` is set where it has to be checked out first. */
export interface SideSource {
  readonly name: SideName
  /** For people: `base main (1a2b3c4)`. */
  readonly title: string
  /** The folder; of a revision, the repository that has it. */
  readonly root: string
  readonly commit: string | null
  readonly revision: Revision | null
}

export interface Sides {
  readonly base: SideSource
  readonly head: SideSource
  /** Path of the conf within both sides, and of the prefix if one was named. */
  readonly conf: string
  readonly prefix: string | undefined
}

/**
 * Finds both sides and checks that each has the conf, before anything is checked out or started.
 * @throws BenchError that says which side is wrong
 */
export async function findSides(input: SidesInput): Promise<Sides> {
  const { root, conf } = await headOf(input)
  const base = await baseOf(input.base, root)
  if (base.commit === null && base.root === root) {
    throw new BenchError('BENCH_SIDE_SAME', `base and head are the same folder, ${root}: name another for one of them.`)
  }
  if (!input.prepared) await checkConf(base, conf)
  const dirty = (await topOf(root)) === null ? [] : await changedFiles(root)
  if (dirty.length > 0 && !input.dirty) {
    throw new BenchError(
      'BENCH_SIDE_DIRTY',
      `head: ${root} has uncommitted changes (${someOf(dirty)}), so the result would belong to no revision. Commit them, or compare them as they are with --dirty.`,
    )
  }
  const revision = await revisionOf(root)
  const prefix = input.prefix === undefined ? undefined : await within(root, input.prefix)
  const head: SideSource = { name: 'head', title: titleOf('head', revision, root), root, commit: null, revision }
  return { base, head, conf, prefix }
}

async function headOf({ conf, head, prepared }: SidesInput): Promise<{ readonly root: string; readonly conf: string }> {
  const from = prepared ? resolve('.') : dirname(resolve(conf))
  const given = head === undefined ? await topOf(from) : resolve(head)
  if (given === null) {
    throw new BenchError(
      'BENCH_SIDE_UNKNOWN',
      `head: ${prepared ? from : conf} is in no git repository. Name its folder with --head.`,
    )
  }
  if (!(await isFolder(given))) throw new BenchError('BENCH_SIDE_UNKNOWN', `head: ${head} is no folder.`)
  const root = await realpath(given)
  if (prepared) return { root, conf }
  for (const file of [resolve(conf), resolve(root, conf)]) {
    const path = await pathWithin(root, file)
    if (path !== null && (await isFile(file))) return { root, conf: path }
  }
  throw new BenchError('BENCH_SIDE_NO_CONF', `head: there is no ${conf} in ${given}.`)
}

/** A path is a folder; a name is a revision first. */
async function baseOf(base: string, headRoot: string): Promise<SideSource> {
  const isPath = base.startsWith('/') || /^\.{1,2}(\/|$)/.test(base)
  const commit = isPath ? null : await commitOf(headRoot, base)
  if (commit !== null) {
    const revision = { commit, ref: base, dirty: false }
    // A linked working tree belongs to a repository, which may be asked from any of them.
    return { name: 'base', title: titleOf('base', revision, base), root: headRoot, commit, revision }
  }
  const folder = resolve(base)
  if (await isFolder(folder)) {
    const root = await realpath(folder)
    const revision = await revisionOf(root)
    return { name: 'base', title: titleOf('base', revision, root), root, commit: null, revision }
  }
  throw new BenchError(
    'BENCH_SIDE_UNKNOWN',
    isPath
      ? `base: ${base} is no folder.`
      : `base: ${base} is neither a revision in ${headRoot} nor a folder.${await hintFor(base, headRoot)}`,
  )
}

/** What to do about a branch that is not here: clones have the branches of `origin` under its name, and shallow ones lack most of them. */
async function hintFor(base: string, root: string): Promise<string> {
  if (await commitOf(root, `origin/${base}`)) return ` Its remote has one: --base origin/${base}`
  if (!(await isShallow(root))) return ''
  const branch = base.replace(/^origin\//, '')
  const target = branch === base ? base : `refs/remotes/${base}`
  return ` This clone is shallow and may lack it: git fetch --depth 1 origin ${branch}:${target}`
}

async function checkConf({ root, commit, title }: SideSource, conf: string): Promise<void> {
  const there =
    commit === null
      ? await isFile(join(root, conf))
      : (await git(root, 'cat-file', '-e', `${commit}:${await pathInTree(root, conf)}`)).ok
  if (there) return
  throw new BenchError('BENCH_SIDE_NO_CONF', `base: there is no ${conf} in ${title}; head has it. Nothing to compare.`)
}

/**
 * A file or folder by its path below `root`, a real path; null where it is not below it. Folders that lead to it may
 * be links, as git sees through them.
 */
async function pathWithin(root: string, file: string): Promise<string | null> {
  const folder = await realpath(dirname(file)).catch(() => dirname(file))
  const path = relative(root, join(folder, basename(file)))
  return /^\.\.(\/|$)/.test(path) ? null : path
}

/** A path of one side as a path within both. */
async function within(root: string, path: string): Promise<string> {
  for (const folder of [resolve(path), resolve(root, path)]) {
    const inside = await pathWithin(root, folder)
    if (inside !== null) return inside
  }
  throw new BenchError('BENCH_SIDE_UNKNOWN', `--prefix ${path} is not within ${root}: it must be in both sides.`)
}

function titleOf(name: SideName, revision: Revision | null, otherwise: string): string {
  if (!revision) return `${name} ${otherwise}`
  return `${name} ${revision.ref ?? basename(otherwise)} (${revision.commit.slice(0, 7)}${revision.dirty ? ', with changes' : ''})`
}

function someOf(lines: readonly string[]): string {
  const some = lines.slice(0, 3).map((line) => line.slice(3))
  return lines.length > 3 ? `${some.join(', ')} and ${lines.length - 3} more` : some.join(', ')
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}
