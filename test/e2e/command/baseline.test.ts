import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { aProject, json, vitest } from '../vitest-project.js'

const CONFIG = `
import { defineConfig } from 'vitest/config'
import openrestyLeak from 'vitest-openresty-leak'
export default defineConfig({
  plugins: [openrestyLeak({
    runtime: 'local',
    baseline: 'leaks.json',
    selfCheck: true,
    plan: { rounds: [301, 149, 401], confirm: [503, 907], warmup: 200, idleMs: 50, drainMs: 50 },
  })],
})
`
const TEST = `
import { expect, test } from 'vitest-openresty-leak/test'
test('GET /t keeps nothing', async ({ openresty }) => {
  const server = await openresty.start({ conf: '../leaking/nginx.conf' })
  expect(await server.measure({ request: '/t' })).toHoldHeap()
  expect(await server.measure({ request: '/t' })).toHoldHeap()
})
`

test('vitest -u accepts what grows in the baseline, by test and measurement; from then on it is covered', {
  timeout: 300_000,
}, async () => {
  const folder = await aProject({ 'vitest.config.ts': CONFIG, 'test/a.leak.test.ts': TEST })
  expect(await vitest(folder)).toMatchObject({ code: 1 })
  const updated = await vitest(folder, '-u')
  expect(updated.text).toContain('1 passed')
  expect(updated.text).toMatch(
    /\n {2}Baseline leaks\.json: 2 new\n {4}test\/a\.leak\.test\.ts > GET \/t keeps nothing\n {6}new {2}registry\._LOADED\.demo\.go\.\^foo\[\*\] {3}1\.00 object\/request \(\d+ B\/request\)\n {4}test.*nothing 2\n/,
  )
  const summary = await readFile(join(folder, '.vitest/openresty-leak/summary.md'), 'utf8')
  expect(summary).toContain('<summary>Baseline leaks.json: 1 new (1)</summary>')
  const { accepted } = await json<{ accepted: Record<string, object> }>(folder, 'leaks.json')
  const grown = {
    'registry._LOADED.demo.go.^foo[*]': expect.objectContaining({ class: 'leak', objectsPerRequest: 1 }),
  }
  expect(accepted).toEqual({
    'test/a.leak.test.ts > GET /t keeps nothing': grown,
    'test/a.leak.test.ts > GET /t keeps nothing 2': grown,
  })
  const later = await vitest(folder)
  expect(later.text).toContain('1 passed')
  expect(later.text).not.toContain('Baseline leaks.json')
})
