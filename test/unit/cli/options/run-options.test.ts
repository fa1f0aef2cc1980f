import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunArguments, runSettings } from '../../../../plugin/cli/options/run-options.js'

let folder: string
let conf: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-options-'))
  conf = join(folder, 'nginx.conf')
  await writeFile(conf, 'events {}\n')
})
afterAll(() => rm(folder, { recursive: true }))

function given(overrides: Partial<RunArguments> = {}): RunArguments {
  return { request: ['/t'], runtime: 'auto', ...overrides }
}

test('what is not given has the documented default', async () => {
  const { server, plan, thresholds, files } = await runSettings(conf, given())
  expect(server).toEqual({
    title: conf,
    folder,
    boot: { conf, runtime: 'auto', workers: 1, keep: false },
  })
  expect(plan).toMatchObject({
    requests: [{ method: 'GET', path: '/t' }],
    connections: 10,
    warmup: 5003,
    rounds: [3929, 1973, 6263, 3389, 4603],
    expectStatus: [[200, 399]],
    budgets: [],
  })
  expect({ thresholds, files }).toEqual({ thresholds: [], files: {} })
})

test('every option reaches its part', async () => {
  const { server, plan, thresholds, files } = await runSettings(
    conf,
    given({
      request: ['/a', 'PUT /b'],
      header: ['Accept: text/plain', 'X-Time: 12:30'],
      host: 'api.test',
      body: '{}',
      expectStatus: '200,404',
      prefix: folder,
      runtime: 'container',
      image: 'openresty:x',
      workers: 'conf',
      replace: ['app.internal:80=127.0.0.1:8081', 'resolver 10.0.0.2='],
      env: ['STAGE=a=b'],
      amount: '1000',
      connections: '2',
      warmup: '0',
      timeout: '1.5m',
      startTimeout: '3m',
      idle: '0ms',
      drain: '250ms',
      budget: ['package.loaded.demo.foo:strings=64KB,tables=16KB'],
      threshold: ['latency.p99:<20ms', 'errors: 0'],
      keep: true,
      json: join(folder, 'r.json'),
    }),
  )
  expect(server).toHaveProperty('boot', {
    conf,
    prefix: folder,
    runtime: 'container',
    image: 'openresty:x',
    workers: 'conf',
    replace: [
      ['app.internal:80', '127.0.0.1:8081'],
      ['resolver 10.0.0.2', ''],
    ],
    env: { STAGE: 'a=b' },
    startTimeoutMs: 180_000,
    keep: true,
  })
  const headers = { Accept: 'text/plain', 'X-Time': '12:30', Host: 'api.test' }
  expect(plan.requests).toMatchObject([
    { method: 'POST', path: '/a', headers, body: '{}' },
    { method: 'PUT', path: '/b', headers, body: '{}' },
  ])
  expect(plan.rounds.reduce((sum, round) => sum + round)).toBe(1000)
  expect(plan).toMatchObject({
    connections: 2,
    warmup: 0,
    timeoutS: 90,
    idleMs: 0,
    drainMs: 250,
    expectStatus: [
      [200, 200],
      [404, 404],
    ],
  })
  expect(plan.budgets).toMatchObject([{ path: 'package.loaded.demo.foo', limits: { strings: 64_000, tables: 16_000 } }])
  expect(thresholds).toMatchObject([{ key: 'latency.p99' }, { key: 'errors' }])
  expect(files).toEqual({ json: join(folder, 'r.json') })
})

test('a Dockerfile is relative to where the user is', async () => {
  expect((await runSettings(conf, given({ dockerfile: 'docker/Dockerfile' }))).server).toHaveProperty(
    'boot.dockerfile',
    join(process.cwd(), 'docker/Dockerfile'),
  )
})

test('an attached server takes nothing that is for starting one', async () => {
  const boots = { replace: ['a=b'], env: ['A=b'], dockerfile: 'Dockerfile', workers: '2' }
  await expect(runSettings(undefined, given({ attach: '1', url: 'http://127.0.0.1', ...boots }))).rejects.toThrow(
    '--dockerfile, --workers, --replace, --env would be for starting one',
  )
})

test('an attached server may be waited for', async () => {
  const { server } = await runSettings(undefined, given({ attach: '1', url: 'http://127.0.0.1', startTimeout: '20s' }))
  expect(server).toHaveProperty('attach', { pid: 1, url: 'http://127.0.0.1', startTimeoutMs: 20_000 })
})

test('a bare executable is looked up, one with a folder is relative to where the user is', async () => {
  expect((await runSettings(conf, given({ openresty: 'openresty' }))).server).toHaveProperty(
    'boot.openresty',
    'openresty',
  )
  expect((await runSettings(conf, given({ openresty: './openresty' }))).server).toHaveProperty(
    'boot.openresty',
    join(process.cwd(), 'openresty'),
  )
})

test('a command makes the load in place of requests', async () => {
  const { request: _, ...rest } = given({ command: 'wrk "$URL/t"', per: 'connection', timeout: '5m' })
  const { plan } = await runSettings(conf, rest)
  expect(plan).toMatchObject({ requests: [], per: 'connection', timeoutS: 300 })
  expect(plan.driver).toMatchObject({ kind: 'command', text: 'wrk "$URL/t"', command: { shell: false } })
  const shell = await runSettings(conf, { ...rest, command: 'a | b', shell: true })
  expect(shell.plan.driver).toMatchObject({ command: { shell: true, line: 'a | b' } })
})
