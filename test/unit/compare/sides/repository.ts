import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { run } from '../../../../plugin/base/spawn.js'

/** A git repository of a test's own; it goes when the test ends. */
export class Repository {
  private constructor(readonly folder: string) {}

  /** With these files committed on `main`. */
  static async create(files: Readonly<Record<string, string>>): Promise<Repository> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'resty-leak-repo-')))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const repository = new Repository(folder)
    await repository.git('init', '--quiet', '--initial-branch=main')
    await repository.commit(files)
    return repository
  }

  /** A clone of another one, as if over a network. */
  static async clone(origin: Repository, ...options: string[]): Promise<Repository> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'resty-leak-clone-')))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const repository = new Repository(folder)
    await repository.git('clone', '--quiet', ...options, `file://${origin.folder}`, '.')
    return repository
  }

  /** Commits these files on a new branch, and stays there. */
  async branch(name: string, files: Readonly<Record<string, string>>): Promise<void> {
    await this.git('checkout', '--quiet', '-b', name)
    await this.commit(files)
  }

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.folder, name)), { recursive: true })
      await writeFile(join(this.folder, name), text)
    }
  }

  async commit(files: Readonly<Record<string, string>>): Promise<void> {
    await this.write(files)
    await this.git('add', '--all')
    await this.git('commit', '--quiet', '--allow-empty', '--message', 'a change')
  }

  async git(...args: string[]): Promise<string> {
    const author = ['-c', 'user.name=a tester', '-c', 'user.email=tester@example.test']
    const { exitCode, stdout, stderr } = await run('git', ['-C', this.folder, ...author, ...args])
    if (exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`)
    return stdout
  }
}
