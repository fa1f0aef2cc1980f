import { join, relative } from 'node:path'
import { plural } from '../base/number.js'
import type { RouteServer } from '../conf/served-routes.js'
import { ciFileText } from './ci-file.js'
import { ownConfigText, type StartSettings, vitestConfigText } from './config-file.js'
import type { CiHost, PackageManager, ProjectPicture } from './picture.js'
import type { SortedRoutes } from './sorted-routes.js'
import { testFileText } from './test-file.js'
import { skippedGroups, testGroups } from './test-groups.js'

/** A file to be made. */
export interface InitFile {
  /** Absolute. */
  readonly path: string
  readonly text: string
  /** What it holds, in a few words. */
  readonly what: string
}

/** What is there and stays as it is, with what its owner may add. */
export interface KeptFile {
  /** Absolute. */
  readonly path: string
  readonly advice: string
}

/** All that `init` would do, worked out before anything is done. */
export interface InitFiles {
  readonly files: readonly InitFile[]
  readonly kept: readonly KeptFile[]
  /** Runs the tests, as a person or CI types it. */
  readonly command: string
  /** What Vitest itself is given to do so. */
  readonly vitestArgs: readonly string[]
  /** What has to be installed first; undefined where all is there. */
  readonly install: string | undefined
}

export interface InitInput {
  readonly picture: ProjectPicture
  /** Absolute. */
  readonly conf: string
  readonly prefix: string | undefined
  readonly settings: StartSettings
  readonly routes: SortedRoutes
  /** Stream servers that run Lua. */
  readonly streams: readonly RouteServer[]
  /** Undefined for no CI file. */
  readonly ci: CiHost | undefined
  /** Whether a file is there. */
  readonly exists: (path: string) => boolean
}

const PLUGIN = 'vitest-openresty-leak'
const ADD: Readonly<Record<PackageManager, string>> = {
  npm: 'npm install --save-dev',
  pnpm: 'pnpm add --save-dev',
  yarn: 'yarn add --dev',
}
const EXEC: Readonly<Record<PackageManager, string>> = { npm: 'npx', pnpm: 'pnpm exec', yarn: 'yarn' }

/** Which files a project needs for its first gate. Nothing that is there is in them. */
export function planFiles(input: InitInput): InitFiles {
  const { picture, exists } = input
  const { manager } = picture
  const config = configFile(input)
  const vitestArgs = config.runBy
  const command = [EXEC[manager], 'vitest', 'run', ...vitestArgs].join(' ')
  const wanted = [...config.files, testFile(input, config.ending), ...ciFiles(input, command)]
  const isThere = ({ path }: InitFile) => exists(path)
  return {
    files: wanted.filter((file) => !isThere(file)),
    kept: [
      ...config.kept,
      ...wanted.filter(isThere).map(({ path }) => ({ path, advice: 'is there already, and stays as it is' })),
      ...gitlabInclude(input),
    ],
    command,
    vitestArgs,
    install: installCommand(picture),
  }
}

interface ConfigPlan {
  readonly files: readonly InitFile[]
  readonly kept: readonly KeptFile[]
  /** Arguments of `vitest run`. */
  readonly runBy: readonly string[]
  /** How the names of its test files end, without the language's. */
  readonly ending: '.leak.test' | '.leak'
}

function configFile({ picture, settings }: InitInput): ConfigPlan {
  const { folder, config, hasOtherTests } = picture
  if (!config) {
    const file = `vitest.config.${languageOf(picture)}`
    const text = vitestConfigText(settings, hasOtherTests)
    const what = `the leak project${hasOtherTests ? ', and one for the other tests' : ''}`
    return {
      files: [{ path: join(folder, file), text, what }],
      kept: [],
      runBy: ['--project', 'leak'],
      ending: '.leak.test',
    }
  }
  if (config.hasPlugin) {
    const kept = [{ path: join(folder, config.file), advice: 'names the plugin already, and stays as it is' }]
    return { files: [], kept, runBy: ['.leak.test.'], ending: '.leak.test' }
  }
  const file = `vitest.leak.config.${languageOf(picture)}`
  const include = `**/*.leak.${languageOf(picture)}`
  const advice = `stays as it is; to run the leak tests with the others, add this to its test.projects: './${file}'`
  return {
    files: [{ path: join(folder, file), text: ownConfigText(settings, include), what: `the leak tests' own config` }],
    kept: [{ path: join(folder, config.file), advice }],
    runBy: ['--config', file],
    ending: '.leak',
  }
}

function testFile({ picture, conf, prefix, routes, streams }: InitInput, ending: ConfigPlan['ending']): InitFile {
  const folder = join(picture.folder, picture.testFolder ?? 'test')
  const path = join(folder, `nginx${ending}.${languageOf(picture)}`)
  const groups = testGroups(routes)
  const skipped = skippedGroups(routes)
  const text = testFileText({
    conf: fromTest(folder, conf),
    prefix: prefix === undefined ? undefined : fromTest(folder, prefix),
    groups,
    skipped,
    streams,
  })
  const tests = groups.length + skipped.length + streams.length
  const waiting = skipped.length + streams.length
  return {
    path,
    text,
    what: `${plural(tests, 'test')}${waiting === 0 ? '' : `, of which ${waiting} skipped, with what each needs`}`,
  }
}

function ciFiles({ picture, ci }: InitInput, command: string): InitFile[] {
  const { repository, folder, manager, hasLockfile } = picture
  if (ci === undefined) return []
  const top = repository ?? folder
  const name = ci === 'github' ? '.github/workflows/leak-tests.yml' : gitlabFile(picture)
  const text = ciFileText(ci, { manager, hasLockfile, command, folder: relative(top, folder) })
  return [{ path: join(top, name), text, what: `runs them for each ${ci === 'github' ? 'pull' : 'merge'} request` }]
}

function gitlabFile({ ci }: ProjectPicture): string {
  return ci.hasGitlabFile ? '.gitlab/leak-tests.yml' : '.gitlab-ci.yml'
}

function gitlabInclude({ picture, ci }: InitInput): KeptFile[] {
  if (ci !== 'gitlab' || !picture.ci.hasGitlabFile) return []
  const advice = `stays as it is; add these lines to it:\n    include:\n      - local: ${gitlabFile(picture)}`
  return [{ path: join(picture.repository ?? picture.folder, '.gitlab-ci.yml'), advice }]
}

/** What Node takes for an ES module here, in the project's own language. */
function languageOf({ isTypeScript, packageJson }: ProjectPicture): string {
  const letter = isTypeScript ? 't' : 'j'
  return packageJson?.isModule ? `${letter}s` : `m${letter}s`
}

function installCommand({ packageJson, manager, vitest, hasPlugin }: ProjectPicture): string | undefined {
  const named = (name: string) => packageJson?.dependencies.includes(name) ?? false
  const missing = [...(vitest === undefined ? ['vitest'] : []), ...(hasPlugin && named(PLUGIN) ? [] : [PLUGIN])]
  return missing.length === 0 ? undefined : `${ADD[manager]} ${missing.join(' ')}`
}

function fromTest(folder: string, path: string): string {
  const way = relative(folder, path)
  return way.startsWith('.') ? way : `./${way}`
}
