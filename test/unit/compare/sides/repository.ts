import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { run } from '../../../../plugin/base/spawn.js'

/** A git repository of a test's own; it goes when the test ends. */
export class Repository {
  private constructor(readonly folder: string) {}

  /** With these files committed on `main`. */
  static async create(files: Readonly<Record<string, string>>): Promise<Repository> {
    const repository = await Repository.#forThisTest()
    await repository.#begin(files)
    return repository
  }

  /** One that several tests copy; who asks for it removes it. */
  static async template(files: Readonly<Record<string, string>>): Promise<Repository> {
    const repository = await Repository.#inTemporaryFolder()
    await repository.#begin(files)
    return repository
  }

  /** A clone of another one, as if over a network. */
  static async clone(origin: Repository, ...options: string[]): Promise<Repository> {
    const repository = await Repository.#forThisTest()
    await repository.git('clone', '--quiet', ...options, `file://${origin.folder}`, '.')
    return repository
  }

  static async #forThisTest(): Promise<Repository> {
    const repository = await Repository.#inTemporaryFolder()
    onTestFinished(() => repository.remove())
    return repository
  }

  static async #inTemporaryFolder(): Promise<Repository> {
    return new Repository(await realpath(await mkdtemp(join(tmpdir(), 'resty-leak-repo-'))))
  }

  /** Another one that stands where this one stands, made without git. */
  async copy(): Promise<Repository> {
    const repository = await Repository.#forThisTest()
    await cp(this.folder, repository.folder, { recursive: true })
    return repository
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
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

  async #begin(files: Readonly<Record<string, string>>): Promise<void> {
    await this.git('init', '--quiet', '--initial-branch=main')
    await this.commit(files)
  }

  async git(...args: string[]): Promise<string> {
    const author = ['-c', 'user.name=a tester', '-c', 'user.email=tester@example.test']
    const { exitCode, stdout, stderr } = await run('git', ['-C', this.folder, ...author, ...args])
    if (exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`)
    return stdout
  }
}
