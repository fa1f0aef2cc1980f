import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { confWith, restyLeak, scenario } from '../resty-leak.js'
import { aProject, vitest } from '../vitest-project.js'

const CONFIG = `
import openrestyLeak from 'vitest-openresty-leak'
export default { plugins: [openrestyLeak({ runtime: 'local' })] }
`

/** A test of the leaking server. */
function leakTest({
  conf = 'leaking/nginx.conf',
  options = '',
  from = "'vitest-openresty-leak/test'",
  plan = '',
} = {}) {
  const imports = from === '' ? '' : `import { expect, test } from ${from}\n`
  return `${imports}test('GET /t', ${options}async ({ openresty }) => {
  const server = await openresty.start({ conf: '${conf}', runtime: 'local' })
  expect(await server.measure({ request: '/t', ${plan} })).toHoldHeap()
})
`
}

/** What Vitest says of one test file, under this config. */
async function said(test: string, { config = CONFIG, args = [] as string[] } = {}): Promise<string> {
  const folder = await aProject({ 'vitest.config.ts': config, 'a.test.ts': test })
  const { code, text } = await vitest(folder, ...args)
  expect(code).toBe(1)
  return text
}

describe('a wrong turn in a test says where the right one is', () => {
  test.each([
    ['imported', leakTest({ from: "'vitest'" }), CONFIG],
    ['global', leakTest({ from: '' }), CONFIG.replace('plugins', 'test: { globals: true }, plugins')],
  ])('a test of Vitest’s own, %s', async (_, text, config) => {
    const out = await said(text, { config })
    expect(out).toContain("has no openresty: import { expect, test } from 'vitest-openresty-leak/test'.")
    expect(out).not.toContain('Cannot read properties of undefined')
    expect(out).toMatch(/ ❯ a\.test\.ts:/)
  })

  test('a conf that does not exist', async () => {
    const out = await said(leakTest({ conf: 'leaking/ngnix.conf' }))
    expect(out).toMatch(
      /RuntimeError: cannot read the nginx conf .*ngnix\.conf: no such file; did you mean .*\/leaking\/nginx\.conf\?/,
    )
    expect(out).toMatch(/ ❯ a\.test\.ts:3:34/)
    expect(out).not.toMatch(/ENOENT|dist\//)
  })

  test('a timeout that is too short for the plan', async () => {
    const out = await said(leakTest({ options: '{ timeout: 1500 }, ', plan: 'amount: 2_000_000' }))
    expect(out).toMatch(
      /the test's 1500 ms ran out before the measurement ended\. .*leakTimeout\(\{ amount: 2000000 \}\)/,
    )
    expect(out).not.toContain('Test timed out')
    expect(out).not.toContain('dist/')
  })

  test('a config without the plugin', async () => {
    const out = await said(leakTest({ plan: 'amount: 2_000_000' }), { config: 'export default {}' })
    expect(out).toContain("is not in Vitest's config: add plugins: [openrestyLeak()].")
  })

  test('a pool that cannot run them', async () => {
    const out = await said(leakTest(), { args: ['--pool', 'vmThreads'] })
    expect(out).toContain(`leak tests cannot run in pool "vmThreads"`)
    expect(out).not.toContain('SyntaxError')
  })

  test('a retry, which does not measure a leak again', async () => {
    const out = await said(leakTest({ plan: 'amount: 500' }), { args: ['--retry', '2'] })
    expect(out).toContain('not measured again, since the try before has found it: heap grew on 1 path')
    expect(out).toContain('OpenResty leak tests: 1 measurement, 1 leak\n')
    expect(out).toContain(' ❯ a.test.ts:3:34')
    expect(out).not.toMatch(/the test has ended|dist\//)
  })
})

test.each([
  ['vitest.config.cjs', "module.exports = { plugins: [require('vitest-openresty-leak')({ runtime: 'local' })] }"],
  [
    'vitest.config.cts',
    "const { defineLeakProject: project } = require('vitest-openresty-leak')\nmodule.exports = { test: { projects: [project({ include: ['*.test.ts'] })] } }",
  ],
])('a config in CommonJS, %s, works', async (name, config) => {
  const folder = await aProject({
    [name]: config,
    'a.test.ts': leakTest({ conf: 'fixed/nginx.conf', plan: 'amount: 500' }),
  })
  await writeFile(join(folder, 'package.json'), '{}')
  await rm(join(folder, 'vitest.config.ts'), { force: true })
  const { code, text } = await vitest(folder)
  expect(text).toContain('OpenResty leak tests: 1 measurement, 1 ok')
  expect(code).toBe(0)
})

describe('a wrong turn of the command says where the right one is', () => {
  const conf = confWith('location = /auth { return 401; }\nlocation /slow { content_by_lua_block { ngx.sleep(30) } }')
  const files = async (text: string) => join(await aProject({ 'nginx.conf': text }), 'nginx.conf')

  test('a status that is not expected, after one request of each', async () => {
    const args = ['run', await files(conf), '--runtime', 'local', '--request', '/auth', '--request', '/aut']
    const { code, out, report } = await restyLeak(args)
    expect(out).toMatch(
      /^not measured: unexpected status of GET \/auth: 401 from port 8080 \(nginx\.conf:\d+\), asked once/,
    )
    expect(out).toContain('It wants credentials')
    expect(out).toMatch(/unexpected status of GET \/aut: 404 from port 8080/)
    expect(report).toMatchObject({ verdict: 'invalid', snapshots: [] })
    expect(code).toBe(3)
  })

  test('an upstream that is too slow', async () => {
    const args = ['run', await files(conf), '--runtime', 'local', '--request', '/slow', '--timeout', '200ms']
    const { code, out } = await restyLeak(args)
    expect(out).toMatch(
      /^not measured: no answer to GET \/slow from port 8080 \(nginx\.conf:\d+\), asked before the load with 0\.2 s/,
    )
    expect(out).toContain('Where an answer needs longer: --timeout 30s, in a test timeoutS: 30.')
    expect(code).toBe(3)
  })

  test('a variable that init_by_lua reads and nobody has set', async () => {
    const lua = 'init_by_lua_block { ORIGIN = "http://" .. os.getenv("UPSTREAM_OF_NOBODY") }'
    const args = [
      'run',
      await files(confWith('location /t { return 204; }', lua)),
      '--runtime',
      'local',
      '--request',
      '/t',
    ]
    const { code, err } = await restyLeak(args)
    expect(err).toContain('UPSTREAM_OF_NOBODY is not set, and nil for Lua. It can be: --env UPSTREAM_OF_NOBODY=...')
    expect(code).toBe(3)
    const set = await restyLeak([...args, '--env', 'UPSTREAM_OF_NOBODY=x', '--amount', '300'])
    expect(set.code).toBe(0)
  })

  test('a variable that init_worker_by_lua reads and nobody has set', async () => {
    const lua = 'init_worker_by_lua_block { ORIGIN = "http://" .. os.getenv("UPSTREAM_OF_NOBODY") }'
    const file = await files(confWith('location /t { return 204; }', lua))
    const { code, out } = await restyLeak(['run', file, '--runtime', 'local', '--request', '/t'])
    expect(out).toContain('init_worker_by_lua failed in a process of nginx')
    expect(out).toContain('UPSTREAM_OF_NOBODY is not set, and nil for Lua. It can be: --env UPSTREAM_OF_NOBODY=...')
    expect(code).toBe(3)
  })

  test('a report that would be a folder, before the run', async () => {
    const { code, err } = await restyLeak([
      'run',
      scenario('module-table/nginx.conf'),
      '--request',
      '/t',
      '--html',
      '/tmp',
    ])
    expect(err).toBe('resty-leak: --html /tmp is a folder. Name a file, such as /tmp/report.html.\n')
    expect(code).toBe(2)
  })
})
