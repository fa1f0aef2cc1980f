import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { bootRuntime } from '../../../plugin/runtime/boot.js'
import { benchRequests } from '../../../plugin/vitest/bench-requests.js'
import { aFolder, restyLeak } from '../resty-leak.js'

const conf = fileURLToPath(new URL('../../../scenarios/module-table-fixed/nginx.conf', import.meta.url))
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
