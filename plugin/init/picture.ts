/** A project as `resty-leak init` finds it. Paths are absolute, unless they say otherwise. */
export interface ProjectPicture {
  /** Where its package.json is, or else the working directory. */
  readonly folder: string
  /** Undefined where there is none. */
  readonly packageJson: PackagePicture | undefined
  /** A tsconfig.json, or TypeScript among its dependencies. */
  readonly isTypeScript: boolean
  readonly manager: PackageManager
  /** Whether its lockfile is there, which an exact install in CI takes. */
  readonly hasLockfile: boolean
  /** Undefined where Node does not find it from the project's folder. */
  readonly vitest: string | undefined
  /** Whether Node finds this package from there. */
  readonly hasPlugin: boolean
  /** Vitest's own config, or Vite's, or a list of projects; the one that Vitest would take. */
  readonly config: ConfigPicture | undefined
  /** Whether there are tests that Vitest's default include takes. */
  readonly hasOtherTests: boolean
  /** The folder of its tests, from `folder`; undefined where none is known by its name. */
  readonly testFolder: string | undefined
  /** Where its repository begins; undefined where it is in none. */
  readonly repository: string | undefined
  readonly ci: CiPicture
  /** A Dockerfile in `folder` that builds on nginx or OpenResty, and what it builds on. */
  readonly dockerfile: { readonly file: string; readonly from: string } | undefined
}

export type PackageManager = 'npm' | 'pnpm' | 'yarn'

export interface PackagePicture {
  readonly isModule: boolean
  /** Names of its dependencies of every kind. */
  readonly dependencies: readonly string[]
}

export interface ConfigPicture {
  /** From `folder`. */
  readonly file: string
  /** Whether it names this package. */
  readonly hasPlugin: boolean
}

export type CiHost = 'github' | 'gitlab'

export interface CiPicture {
  /** Undefined where nothing tells. */
  readonly host: CiHost | undefined
  /** What tells. */
  readonly why: string
  /** Whether .gitlab-ci.yml is there. */
  readonly hasGitlabFile: boolean
}

/** A conf that nginx could be started with: it has `events`, and `http` or `stream`. */
export interface ConfPicture {
  /** From the working directory. */
  readonly file: string
  readonly runsLua: boolean
}
