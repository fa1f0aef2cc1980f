import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { routesOf } from '../../../plugin/explore/routes.js'
import type { ProjectPicture } from '../../../plugin/init/picture.js'
import { type InitInput, planFiles } from '../../../plugin/init/plan-files.js'
import { askableRoutes, sortByConf } from '../../../plugin/init/sorted-routes.js'
import { readConfHere } from '../../../plugin/runtime/local/prepare-here.js'
import { DEFAULT_REPORTS } from '../../../plugin/vitest/options.js'
import { aFolder } from './folder.js'

const FRESH: ProjectPicture = {
  folder: '/srv/shop',
  packageJson: { isModule: true, dependencies: ['vitest', 'vitest-openresty-leak'] },
  isTypeScript: true,
  manager: 'npm',
  hasLockfile: true,
  vitest: '4.1.0',
  hasPlugin: true,
  config: undefined,
  hasOtherTests: false,
  testFolder: undefined,
  repository: '/srv/shop',
  ci: { host: undefined, why: '', hasGitlabFile: false },
  dockerfile: undefined,
}

/** What is planned for this project, for a conf with these servers. */
function planned(picture: Partial<ProjectPicture> = {}, more: Partial<InitInput> = {}, http = SERVER, stream = '') {
  const folder = aFolder({ 'nginx.conf': `events {}\n${stream}http {\n${http}\n}\n` })
  const routes = routesOf(readConfHere({ conf: join(folder, 'nginx.conf') }))
  return planFiles({
    picture: { ...FRESH, ...picture },
    conf: '/srv/shop/conf/nginx.conf',
    prefix: undefined,
    settings: {},
    routes: sortByConf(askableRoutes(routes)),
    streams: routes.servers.filter(({ protocol }) => protocol === 'stream'),
    ci: undefined,
    exists: () => false,
    ...more,
  })
}

const SERVER = 'server { listen 80; location = /t { content_by_lua_block { ngx.say(1) } } }'
const pathsOf = ({ files }: ReturnType<typeof planFiles>) => files.map(({ path }) => path)
const testOf = ({ files }: ReturnType<typeof planFiles>) => files.find(({ path }) => path.includes('nginx.leak'))!.text

describe('a project without a config gets one', () => {
  test('in TypeScript', () => {
    const plan = planned()
    expect(pathsOf(plan)).toEqual(['/srv/shop/vitest.config.ts', '/srv/shop/test/nginx.leak.test.ts'])
    expect(plan.files[0]!.text).toBe(`import { defineConfig } from 'vitest/config'
import { defineLeakProject } from 'vitest-openresty-leak'

export default defineConfig({ test: { projects: [defineLeakProject()] } })
`)
    expect(plan).toMatchObject({ command: 'npx vitest run --project leak', install: undefined, kept: [] })
    expect(testOf(plan)).toBe(`import { expect, test } from 'vitest-openresty-leak/test'

const conf = '../conf/nginx.conf'

test('= /t keeps nothing', async ({ openresty }) => {
  const server = await openresty.start({ conf })
  const run = await server.measure({
    requests: [
      { path: '/t?n={n}', port: 80 }, // nginx.conf:3
    ],
  })
  expect(run).toHoldHeap()
})
`)
  })

  test('whose names are those of ES modules, where the package is CommonJS', () => {
    const names = (isTypeScript: boolean) =>
      pathsOf(planned({ packageJson: { isModule: false, dependencies: [] }, isTypeScript, testFolder: 'spec' }))
    expect(names(false)).toEqual(['/srv/shop/vitest.config.mjs', '/srv/shop/spec/nginx.leak.test.mjs'])
    expect(names(true)).toEqual(['/srv/shop/vitest.config.mts', '/srv/shop/spec/nginx.leak.test.mts'])
  })

  test('in which the tests that ran without one still run', () => {
    expect(planned({ hasOtherTests: true }).files[0]!.text).toContain(
      "{ test: { name: 'unit', exclude: [...configDefaults.exclude, ...LEAK_TEST_FILES] } },\n      defineLeakProject(),",
    )
  })

  test('that starts the conf as it was started', () => {
    const settings = { runtime: 'local', replace: [["it's", 'b']], env: { 'A-B': '1', C: '2' }, workers: 2 } as const
    expect(planned({}, { settings }).files[0]!.text).toContain(
      `defineLeakProject({ runtime: 'local', replace: [['it\\'s', 'b']], env: { 'A-B': '1', C: '2' }, workers: 2 })`,
    )
  })
})

describe('what is there stays as it is', () => {
  test('a config, which gets one beside it whose tests no other takes', () => {
    const plan = planned({ config: { file: 'vite.config.ts', hasPlugin: false }, hasOtherTests: true })
    expect(pathsOf(plan)).toEqual(['/srv/shop/vitest.leak.config.ts', '/srv/shop/test/nginx.leak.ts'])
    expect(plan.files[0]!.text).toBe(`import { defineLeakProject } from 'vitest-openresty-leak'

export default defineLeakProject({ include: ['**/*.leak.ts'] })
`)
    expect(plan.command).toBe('npx vitest run --config vitest.leak.config.ts')
    expect(plan.kept).toEqual([
      {
        path: '/srv/shop/vite.config.ts',
        advice:
          "stays as it is; to run the leak tests with the others, add this to its test.projects: './vitest.leak.config.ts'",
      },
    ])
  })

  test('a config that has the plugin, which needs none beside it', () => {
    const plan = planned({ config: { file: 'vitest.config.ts', hasPlugin: true } })
    expect(pathsOf(plan)).toEqual(['/srv/shop/test/nginx.leak.test.ts'])
    expect(plan.command).toBe('npx vitest run .leak.test.')
  })

  test('any file of a name that would be written', () => {
    const plan = planned({}, { ci: 'github', exists: (path) => !path.endsWith('.yml') })
    expect(pathsOf(plan)).toEqual(['/srv/shop/.github/workflows/leak-tests.yml'])
    expect(plan.kept.map(({ path }) => path)).toEqual([
      '/srv/shop/vitest.config.ts',
      '/srv/shop/test/nginx.leak.test.ts',
    ])
  })

  test('.gitlab-ci.yml, which is told what to include', () => {
    const plan = planned({ ci: { host: 'gitlab', why: '', hasGitlabFile: true } }, { ci: 'gitlab' })
    expect(pathsOf(plan)).toContain('/srv/shop/.gitlab/leak-tests.yml')
    expect(plan.kept[0]!.advice).toContain(
      'add these lines to it:\n    include:\n      - local: .gitlab/leak-tests.yml',
    )
  })
})

describe('the CI file', () => {
  const ciOf = (picture: Partial<ProjectPicture>, ci: 'github' | 'gitlab') => planned(picture, { ci }).files.at(-1)!

  test('installs and runs as the project does, in its folder of the repository', () => {
    const { path, text } = ciOf({ repository: '/srv', manager: 'pnpm' }, 'github')
    expect(path).toBe('/srv/.github/workflows/leak-tests.yml')
    expect(text).toContain('    defaults:\n      run:\n        working-directory: shop\n    steps:')
    expect(text).toContain(
      '- run: corepack enable && pnpm install --frozen-lockfile\n      - run: pnpm exec vitest run --project leak',
    )
    expect(text).toContain(`path: shop/${DEFAULT_REPORTS}\n`)
  })

  test('installs without a lockfile where there is none', () => {
    expect(ciOf({}, 'github').text).toContain('- run: npm ci\n      - run: npx vitest run --project leak')
    expect(ciOf({ hasLockfile: false }, 'github').text).toContain('- run: npm install\n')
  })

  test('of GitLab runs for merge requests', () => {
    const { path, text } = ciOf({}, 'gitlab')
    expect(path).toBe('/srv/shop/.gitlab-ci.yml')
    expect(text).toContain('    - npm ci\n    - npx vitest run --project leak\n')
    expect(text).toContain('merge_request_event')
  })
})

describe('what has to be installed', () => {
  test.each<[string, Partial<ProjectPicture>, string | undefined]>([
    ['nothing, where all is there', {}, undefined],
    [
      'both, in a folder without a package.json',
      { packageJson: undefined, vitest: undefined, hasPlugin: false },
      'npm install --save-dev vitest vitest-openresty-leak',
    ],
    [
      'what is there by chance and package.json does not name',
      { packageJson: { isModule: true, dependencies: ['vitest'] } },
      'npm install --save-dev vitest-openresty-leak',
    ],
    [
      'Vitest alone, with the manager that the project has',
      { vitest: undefined, manager: 'yarn' },
      'yarn add --dev vitest',
    ],
  ])('%s', (_, picture, install) => {
    expect(planned(picture).install).toBe(install)
  })
})

describe('the tests', () => {
  const location = (path: string) => `location ${path} { content_by_lua_block { ngx.say(1) } }`

  test('are one for each group of paths that begin alike, and one for those that stand alone', () => {
    const server = `server { listen 80; ${['/a/', '/b/', '/api/x/', '/api/y/', '/api/z/', '/api/w/'].map(location).join('\n')} }`
    expect(titlesIn(testOf(planned({}, {}, server)))).toEqual([
      '/a/, /b/ keep nothing',
      '/api/x/, /api/y/, /api/z/ and 1 other keep nothing',
    ])
  })

  test('are split where a group is too big to tell its routes apart', () => {
    const many = (below: string) => Array.from({ length: 9 }, (_, n) => location(`/v1/${below}/${n}/`)).join('\n')
    const titles = titlesIn(testOf(planned({}, {}, `server { listen 80; ${many('users')} ${many('carts')} }`)))
    expect(titles).toEqual([
      '/v1/users/0/, /v1/users/1/, /v1/users/2/ and 6 others keep nothing',
      '/v1/carts/0/, /v1/carts/1/, /v1/carts/2/ and 6 others keep nothing',
    ])
  })

  test('name the server where there are several, and ask it by its name or port', () => {
    const text = testOf(
      planned(
        {},
        {},
        `${SERVER} server { listen 80; server_name b.test; ${location('/')} } server { listen 444 ssl; ${location('/s')} }`,
      ),
    )
    expect(titlesIn(text)).toEqual([
      'port 80: = /t keeps nothing',
      'b.test: / keeps nothing',
      'port 444: /s keeps nothing',
    ])
    expect(text).toContain("'http://b.test:80/{n}',")
    expect(text).toContain("'https://localhost:444/s?n={n}',")
  })

  test('wait, with the reason, where a GET is not enough', () => {
    const text = testOf(
      planned(
        {},
        {},
        `server { listen 80;
location /staff { auth_basic staff; content_by_lua_block { ngx.say(1) } }
location /save { content_by_lua_block { ngx.req.read_body() } }
location /cart/ { access_by_lua_block { check() } proxy_pass http://backend.test:8000; }
location @inner { return 200; }
}`,
      ),
    )
    expect(titlesIn(text)).toEqual([])
    expect(titlesIn(text, 'skip')).toEqual(['/staff keeps nothing', '/save keeps nothing', '/cart/ keeps nothing'])
    expect(text).toContain('// needs credentials: give them as headers')
    expect(text).toContain('// may need a body: write method and body')
    expect(text).toContain('needs authorization: auth_basic staff, nginx.conf:4')
    expect(text).toContain("start({ conf, replace: [['http://backend.test:8000', 'http://127.0.0.1:9000']] })")
  })

  test('of a stream server wait for who speaks its protocol', () => {
    const stream = 'stream { server { listen 9000; content_by_lua_block { ngx.say(1) } } }\n'
    const text = testOf(planned({}, {}, SERVER, stream))
    expect(titlesIn(text, 'skip')).toEqual(['the stream server of port 9000 keeps nothing'])
    expect(text).toContain("const socket = connect(port(9000), '127.0.0.1')")
  })

  test('give the prefix where it was given', () => {
    expect(testOf(planned({}, { prefix: '/srv/shop' }))).toContain("const prefix = '..'")
  })
})

/** Titles of the tests in a file, or of those that are skipped. */
function titlesIn(text: string, kind?: 'skip'): string[] {
  const call = kind === undefined ? 'test' : `test\\.${kind}`
  return [...text.matchAll(new RegExp(`^${call}\\('((?:[^'\\\\]|\\\\.)*)'`, 'gm'))].map(([, title]) => title!)
}
