import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { aFolder, confWith, restyLeak } from './resty-leak.js'
import { aProject, VITEST_ENV, vitest } from './vitest-project.js'

const CONF = confWith('location = /t { content_by_lua_block { ngx.say("ok") } }')
const TLS = fileURLToPath(new URL('load/', import.meta.url))

/** Runs `resty-leak init` in a folder, as its user would. */
function init(cwd: string, ...args: string[]) {
  return restyLeak(['init', ...args], { cwd, json: false, env: VITEST_ENV })
}

/** Names of all files below, but for node_modules and .git. */
async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  return names
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .filter((name) => !/^(?:node_modules|\.git|\.vitest)\//.test(name))
    .sort()
}

test('a project is set up by one command, which runs what it wrote', async () => {
  const folder = await aProject({ '.git/config': '[remote "origin"]\n\turl = git@github.com:team/shop.git\n' })
  const { code, out, err, left } = await init(folder, '--runtime', 'local')
  expect(out).toContain('conf       fixed/nginx.conf (of 2 confs: it comes first by name)')
  expect({ code, err, left }).toEqual({ code: 0, err: '', left: [] })
  expect(out).toContain('wrote vitest.config.js: the leak project\n')
  expect(out).toContain('wrote test/nginx.leak.test.js: 1 test\n')
  expect(out).toContain(
    'No leak: 1 measurement, and the heap held in each. Commit the files: from now on npx vitest run',
  )
  const workflow = await readFile(join(folder, '.github/workflows/leak-tests.yml'), 'utf8')
  expect(workflow).toContain('npx vitest run --project leak')
})

test('a leak that the first run finds ends with 1, in CommonJS too', async () => {
  const folder = await aProject({ 'package.json': '{}' })
  const { code, out, err } = await init(folder, 'leaking/nginx.conf', '--runtime', 'local')
  expect(out).toContain('project    .: CommonJS, JavaScript, Vitest ')
  expect(out).toContain('wrote vitest.config.mjs: the leak project\nwrote test/nginx.leak.test.mjs: 1 test\n')
  expect(out).toContain('A leak: the report above says who holds what grows')
  expect(err).toContain('GC roots => registry => ._LOADED => .demo => .go => ^foo')
  expect(code).toBe(1)
})

test('beside a config that is there the leak tests run by one of their own, and the other tests as before', async () => {
  const config = "export default { test: { include: ['**/*.test.ts'] } }\n"
  const folder = await aProject({
    'vitest.config.ts': config,
    'tsconfig.json': '{}',
    'tests/cart.test.ts':
      "import { expect, test } from 'vitest'\ntest('a cart is empty', () => expect([]).toEqual([]))\n",
    'gateway/nginx.conf': `events {}
stream { server { listen 9000; proxy_pass 127.0.0.1:9; } }
http {
server { listen 8080; location /a/ { content_by_lua_block { ngx.say(1) } } location /closed { return 403; } }
server {
  listen 8443 ssl;
  ssl_certificate tls.crt;
  ssl_certificate_key ../keys/tls.key;
  location /b/ { content_by_lua_block { ngx.say(2) } }
}
}
`,
  })
  await mkdir(join(folder, 'keys'))
  await copyFile(join(TLS, 'tls.crt'), join(folder, 'gateway/tls.crt'))
  await copyFile(join(TLS, 'tls.key'), join(folder, 'keys/tls.key'))
  const { code, out } = await init(folder, 'gateway/nginx.conf', '--runtime', 'local')
  expect(out).toContain('routes     3 locations: 2 answer a GET, 1 needs what cannot be guessed')
  expect(out).toContain("wrote vitest.leak.config.ts: the leak tests' own config\n")
  expect(out).toContain('wrote tests/nginx.leak.ts: 3 tests, of which 1 skipped, with what each needs\n')
  expect(out).toContain(
    "vitest.config.ts stays as it is; to run the leak tests with the others, add this to its test.projects: './vitest.leak.config.ts'",
  )
  expect(out).toContain(
    'No leak: 2 measurements, and the heap held in each. Commit the files: from now on npx vitest run --config vitest.leak.config.ts fails where a change leaks.\n1 test waits for what its comment asks for.\n',
  )
  expect(code).toBe(0)
  expect(await readFile(join(folder, 'vitest.config.ts'), 'utf8')).toBe(config)

  const others = await vitest(folder)
  expect(others.text).toMatch(/Tests +1 passed \(1\)/)
  expect(others.text).not.toContain('nginx.leak')
})

test('a second time nothing is written, and what is there is said', async () => {
  const folder = await aFolder({ 'nginx.conf': CONF })
  await init(folder, '--no-run')
  const before = await filesIn(folder)
  expect(before).toEqual(['nginx.conf', 'test/nginx.leak.test.mjs', 'vitest.config.mjs'])
  const { code, out } = await init(folder, '--no-run')
  expect(out).not.toContain('wrote ')
  expect(out).toContain('vitest.config.mjs names the plugin already, and stays as it is\n')
  expect(out).toContain('test/nginx.leak.test.mjs is there already, and stays as it is\n')
  expect({ code, files: await filesIn(folder) }).toEqual({ code: 0, files: before })
})

test('what is written and what is kept is named from where the command was called', async () => {
  const folder = await aFolder({
    '.git/config': '',
    'package.json': '{}',
    'vitest.config.mjs': 'export default {}',
    'gateway/nginx.conf': CONF,
  })
  const { out } = await init(join(folder, 'gateway'), '--no-run')
  expect(out).toContain('wrote ../test/nginx.leak.mjs: 1 test\n')
  expect(out).toContain('../vitest.config.mjs stays as it is; ')
})

test('a dry run shows the files, and writes none', async () => {
  const folder = await aFolder({ 'nginx.conf': CONF })
  const { code, out } = await init(folder, '--dry-run', '--ci', 'gitlab', '--runtime', 'local')
  expect(out).toContain(
    "--- test/nginx.leak.test.mjs: 1 test\nimport { expect, test } from 'vitest-openresty-leak/test'\n",
  )
  expect(out).toContain('--- .gitlab-ci.yml: runs them for each merge request\nleak-tests:\n')
  expect(out).toContain('Nothing was written (--dry-run).')
  expect({ code, files: await filesIn(folder) }).toEqual({ code: 0, files: ['nginx.conf'] })
})

test('a conf that does not start ends with why, and with no file', async () => {
  const folder = await aFolder({ 'nginx.conf': confWith('location / { proxy_pass http://nowhere.invalid; }') })
  const { code, err } = await init(folder, '--runtime', 'local')
  expect(err).toContain('host not found in upstream "nowhere.invalid"')
  expect(err).toContain('--replace FROM=TO')
  expect(err).toContain('No file was written. --no-run writes them without starting anything.')
  expect({ code, files: await filesIn(folder) }).toEqual({ code: 3, files: ['nginx.conf'] })
})

test('where there is no conf the way out is said', async () => {
  const folder = await aFolder({ 'etc/nginx.conf.j2': CONF })
  const { code, err } = await init(folder)
  expect(err).toMatch(
    /^resty-leak: no nginx\.conf is found below .*: no \*\.conf there has events and http\. etc\/nginx\.conf\.j2 is a template/,
  )
  expect(code).toBe(2)
})
