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
  expect((await vitest(folder, '-u')).text).toContain('1 passed')
  const { accepted } = await json<{ accepted: Record<string, object> }>(folder, 'leaks.json')
  const grown = {
    'registry._LOADED.demo.go.^foo[*]': expect.objectContaining({ class: 'leak', objectsPerRequest: 1 }),
  }
  expect(accepted).toEqual({
    'test/a.leak.test.ts > GET /t keeps nothing': grown,
    'test/a.leak.test.ts > GET /t keeps nothing 2': grown,
  })
  expect((await vitest(folder)).text).toContain('1 passed')
})
