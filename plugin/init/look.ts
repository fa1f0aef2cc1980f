import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { entriesOf } from './entries.js'
import type { CiPicture, ConfigPicture, PackageManager, PackagePicture, ProjectPicture } from './picture.js'

/** How Vitest looks for its config: its own before Vite's. */
const CONFIGS = ['vitest.config', 'vite.config', 'vitest.workspace', 'vitest.projects'].flatMap((name) =>
  ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs', 'json'].map((ending) => `${name}.${ending}`),
)
const TEST_FOLDERS = ['test', 'tests', '__tests__', 'spec']
const TEST_FILE = /\.(?:test|spec)\.[cm]?[jt]sx?$/
const LOCKFILES: readonly (readonly [file: string, manager: PackageManager])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
]
/** Folders below each other in which another test is looked for. */
const DEEPEST = 4

/** What there is of a project around the working directory. Nothing is started, nothing written. */
export function lookAtProject(workingDirectory: string): ProjectPicture {
  const repository = upwards(workingDirectory, (folder) => existsSync(join(folder, '.git')))
  const top = repository ?? workingDirectory
  const folder = upwards(workingDirectory, (each) => existsSync(join(each, 'package.json')), top) ?? workingDirectory
  const packageJson = packageIn(folder)
  const lock = LOCKFILES.find(([file]) => upwards(folder, (each) => existsSync(join(each, file)), top) !== undefined)
  return {
    folder,
    packageJson,
    isTypeScript:
      existsSync(join(folder, 'tsconfig.json')) || (packageJson?.dependencies.includes('typescript') ?? false),
    manager: lock?.[1] ?? 'npm',
    hasLockfile: lock !== undefined,
    vitest: versionOf('vitest', folder),
    hasPlugin: versionOf('vitest-openresty-leak', folder) !== undefined,
    config: configIn(folder),
    hasOtherTests: hasTestBelow(folder, DEEPEST),
    testFolder: TEST_FOLDERS.find((name) => existsSync(join(folder, name))),
    repository,
    ci: ciOf(repository),
    dockerfile: dockerfileIn(folder),
  }
}

/** The nearest folder from here upwards for which it holds, not above `top`. */
function upwards(from: string, holds: (folder: string) => boolean, top?: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (holds(folder)) return folder
    if (folder === top || folder === dirname(folder)) return undefined
  }
}

function packageIn(folder: string): PackagePicture | undefined {
  const text = textOf(join(folder, 'package.json'))
  if (text === undefined) return undefined
  const { type, ...rest } = parsed(text)
  const dependencies = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'].flatMap((kind) =>
    Object.keys(rest[kind] ?? {}),
  )
  return { isModule: type === 'module', dependencies }
}

/** As far as it can be read: a package.json that is none is npm's to refuse. */
function parsed(text: string): Readonly<Record<string, object>> & { readonly type?: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, object>) : {}
  } catch {
    return {}
  }
}

/** Version of a package as Node finds it from a folder. */
function versionOf(name: string, folder: string): string | undefined {
  try {
    const file = createRequire(join(folder, 'package.json')).resolve(`${name}/package.json`)
    return String(parsed(textOf(file) ?? '').version)
  } catch {
    return undefined
  }
}

function configIn(folder: string): ConfigPicture | undefined {
  const file = CONFIGS.find((name) => existsSync(join(folder, name)))
  if (file === undefined) return undefined
  return { file, hasPlugin: (textOf(join(folder, file)) ?? '').includes('vitest-openresty-leak') }
}

function hasTestBelow(folder: string, deepest: number): boolean {
  return entriesOf(folder).some((entry) => {
    if (entry.isFile()) return TEST_FILE.test(entry.name) && !entry.name.includes('.leak.')
    const isOwn = entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules'
    return isOwn && deepest > 0 && hasTestBelow(join(folder, entry.name), deepest - 1)
  })
}

/** Files of the repository tell before its remote does: they are what somebody has decided. */
function ciOf(repository: string | undefined): CiPicture {
  if (repository === undefined) return { host: undefined, why: 'this is no git repository', hasGitlabFile: false }
  const hasGitlabFile = existsSync(join(repository, '.gitlab-ci.yml'))
  const tells = (host: CiPicture['host'], why: string): CiPicture => ({ host, why, hasGitlabFile })
  if (hasGitlabFile) return tells('gitlab', 'the repository has .gitlab-ci.yml')
  if (existsSync(join(repository, '.github'))) return tells('github', 'the repository has .github')
  const remotes = [...(textOf(join(repository, '.git/config')) ?? '').matchAll(/^\s*url\s*=\s*(\S+)/gm)]
  const hasRemote = (host: RegExp) => remotes.some(([, url]) => host.test(url!))
  if (hasRemote(/\bgithub\b/)) return tells('github', 'a remote of the repository is GitHub')
  if (hasRemote(/\bgitlab\b/)) return tells('gitlab', 'a remote of the repository is GitLab')
  return tells(undefined, 'neither files nor remotes of the repository tell')
}

function dockerfileIn(folder: string): ProjectPicture['dockerfile'] {
  const file = 'Dockerfile'
  const from = [...(textOf(join(folder, file)) ?? '').matchAll(/^\s*FROM\s+(?:--\S+\s+)?(\S+)/gim)].map(
    ([, image]) => image!,
  )
  const nginx = from.find((image) => /openresty|nginx|kong|apisix/i.test(image))
  return nginx === undefined ? undefined : { file, from: nginx }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
