import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { run } from '../../../plugin/base/spawn.js'
import { bootRuntime } from '../../../plugin/runtime/boot.js'
import { benchRequests } from '../../../plugin/vitest/bench-requests.js'
import { aFolder, nginxNaming, restyLeak } from '../resty-leak.js'
import { aProject, VITEST_ENV, VITEST_MAIN } from '../vitest-project.js'

const conf = fileURLToPath(new URL('../../../scenarios/module-table-fixed/nginx.conf', import.meta.url))
const example = fileURLToPath(new URL('../../../examples/bench', import.meta.url))
const SMALL = { amount: 500, warmup: 500, rounds: 3, roundMs: 40 }

test('a server is benchmarked: memory, one connection, several, environment and revision', async () => {
  await using runtime = await bootRuntime({ conf, runtime: 'local' })
  const result = await benchRequests({ runtime }, { request: '/t', connections: [1, 5], ...SMALL })
  expect(result).toMatchObject({
    format: 'openresty-leak-bench/1',
    environment: { node: process.version, openresty: runtime.description, luajit: expect.stringContaining('gc64') },
    tasks: [
      { name: 'load x1', kind: 'load', connections: 1 },
      { name: 'load x5', kind: 'load', connections: 5 },
      { name: 'GET /t', kind: 'request', connections: 1 },
    ],
    memory: { verdict: 'ok', kept: [] },
  })
  for (const { metrics, samples } of result.tasks) {
    expect(samples).toBeGreaterThan(0)
    for (const { rounds, summary } of Object.values(metrics)) {
      expect(rounds).toHaveLength(3)
      expect(rounds.toSorted((one, other) => one - other)[1]).toBe(summary.median)
    }
  }
  expect(Object.keys(result.tasks[0]!.metrics)).toEqual(expect.arrayContaining(['throughput', 'latency.p50', 'cpu']))
  expect(result.memory!.heap.bytes).toBeGreaterThan(100_000)

  const folder = await aFolder({ 'a.json': JSON.stringify(result), 'b.json': JSON.stringify(result) })
  const { code, out } = await restyLeak(['diff', `${folder}/a.json`, `${folder}/b.json`])
  expect(out).toMatch(/^no difference between base and head/)
  expect(code).toBe(0)
})

test('a request that fails is named', async () => {
  await using runtime = await bootRuntime({ conf, runtime: 'local' })
  await expect(benchRequests({ runtime }, { request: '/missing', ...SMALL })).rejects.toThrow(
    /^unexpected status of GET \/missing: 404 from port \d+ /,
  )
})

test('options that make no sense are refused before anything is sent', async () => {
  await using runtime = await bootRuntime({ conf, runtime: 'local' })
  await expect(benchRequests({ runtime }, { request: '/t', rounds: 0 })).rejects.toThrow('rounds 0 is no whole number')
  await expect(benchRequests({ runtime }, { ...SMALL })).rejects.toThrow('names no request')
  await expect(benchRequests({ runtime }, { request: '/t', round: 3 } as never)).rejects.toThrow('did you mean rounds?')
})

/** Bench files by what becomes of them. */
const BENCH_FILES = {
  'good.bench.ts': `
import { afterAll, bench, describe } from 'vitest'
import { benchServer } from 'vitest-openresty-leak/bench'
const server = benchServer({ conf: 'nginx.conf' })
const quick = { time: 20, iterations: 5, warmupTime: 0, warmupIterations: 1 }
const urls = []
afterAll(() => console.log('servers:', new Set(urls).size, 'asked more than ten times:', urls.length > 10))
const asked = (request) => async () => {
  urls.push(server.url)
  await request()
}
describe('the route', () => {
  bench('with GET', asked(server.request('/joined')), quick)
  bench('with a query', asked(server.request('/joined?n={n}')), quick)
})
bench('that is not there', server.request('/missing', { expectStatus: '404' }), quick)
`,
  'wrong-status.bench.ts': `
import { bench } from 'vitest'
import { benchServer } from 'vitest-openresty-leak/bench'
const server = benchServer({ conf: 'nginx.conf' })
bench('GET /missing', server.request('/missing'))
`,
  'no-conf.bench.ts': `
import { bench } from 'vitest'
import { benchServer } from 'vitest-openresty-leak/bench'
const server = benchServer({ conf: 'nowhere/nginx.conf' })
bench('GET /t', server.request('/joined'))
`,
  'within-a-suite.bench.ts': `
import { bench, describe } from 'vitest'
import { benchServer } from 'vitest-openresty-leak/bench'
describe('a suite', () => {
  const server = benchServer({ conf: 'nginx.conf' })
  bench('GET /t', server.request('/joined'))
})
`,
}

test("Vitest's own bench gets a server: started once for its file, and ended however its benchmarks end", {
  timeout: 300_000,
}, async () => {
  const folder = await aProject({})
  await cp(example, folder, { recursive: true })
  await Promise.all(Object.entries(BENCH_FILES).map(([name, text]) => writeFile(join(folder, name), text)))
  const { exitCode, stdout, stderr } = await run(process.execPath, [VITEST_MAIN, 'bench', '--run'], {
    cwd: folder,
    env: VITEST_ENV,
  })
  const text = `${stdout}\n${stderr}`
  expect(text).toMatch(/✓ list\.bench\.ts > a list of 200 items[\s\S]*· joined [\s\S]*· appended /)
  expect(text).toContain('servers: 1 asked more than ten times: true')
  expect(text).toMatch(/✓ good\.bench\.ts > the route[\s\S]*· with GET [\s\S]*· with a query /)
  expect(text).toContain('BenchError: bench: GET /missing was answered with 404: expect that status, or mend it.')
  expect(text).toMatch(/no-conf\.bench\.ts[\s\S]*nowhere\/nginx\.conf[\s\S]*❯ no-conf\.bench\.ts:4:/)
  expect(text).toContain('Call benchServer() at the top of the bench file, outside of describe()')
  expect(text).toMatch(/❯ wrong-status\.bench\.ts:5:/)
  expect(text).toMatch(/❯ within-a-suite\.bench\.ts:6:/)
  expect(text).not.toMatch(/dist\/(?:vitest|compare)\//)
  expect(exitCode).toBe(1)
  expect(await nginxNaming(folder)).toEqual([])
})
