import { expect, test } from 'vitest'
import { checkOptions, checkPool, type OpenrestyLeakOptions } from '../../../plugin/vitest/options.js'

/** Options as a JavaScript config might hold them. */
function wrong(options: Readonly<Record<string, unknown>>): () => unknown {
  return () => checkOptions(options as OpenrestyLeakOptions)
}

test('accepts every documented option', () => {
  const options: OpenrestyLeakOptions = {
    runtime: 'local',
    image: 'openresty',
    dockerfile: 'Dockerfile',
    openresty: '/usr/bin/openresty',
    workers: 'conf',
    replace: [['a', 'b']],
    env: { A: 'b' },
    startTimeoutMs: 120_000,
    keep: true,
    scope: 'file',
    plan: { amount: 1000 },
    reports: false,
  }
  expect(checkOptions(options)).toBe(options)
})

test('names the option that was meant', () => {
  expect(wrong({ runtme: 'auto' })).toThrow(/has no option "runtme"; did you mean runtime\? Legal: runtime, image,/)
  expect(wrong({ budget: {} })).toThrow(/has no option "budget"\. Legal:/)
})

test('names the legal runtimes', () => {
  expect(wrong({ runtime: 'docker' })).toThrow('runtime "docker" is none of auto, local, container.')
})

test('names the legal scopes of a server', () => {
  expect(wrong({ scope: 'worker' })).toThrow('scope "worker" is none of test, file.')
})

test.each([0, -1, 1.5, '2', null])('refuses %j workers', (workers) => {
  expect(wrong({ workers })).toThrow(
    `workers ${JSON.stringify(workers)} is no number of worker processes; give a whole number from 1 up, or 'conf'.`,
  )
})

test.each([0, -1, '2', null, Number.NaN])('refuses to wait %s ms for a start', (startTimeoutMs) => {
  expect(wrong({ startTimeoutMs })).toThrow(/startTimeoutMs .* is no time to wait; give a number of ms above 0\.$/)
})

test('a report folder has a name', () => {
  expect(wrong({ reports: '' })).toThrow('reports is ""; give a folder, or false for none.')
  expect(wrong({ reports: true })).toThrow('reports is true')
})

test('pools in VM contexts are refused, with the way out', () => {
  expect(() => checkPool('vmThreads')).toThrow(
    /^leak tests cannot run in pool "vmThreads".*Use 'forks'.*defineLeakProject\(\)\.$/,
  )
  expect(() => checkPool('vmForks')).toThrow('"vmForks"')
  for (const pool of ['forks', 'threads', undefined]) expect(() => checkPool(pool)).not.toThrow()
})
