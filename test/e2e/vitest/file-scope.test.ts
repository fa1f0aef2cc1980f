import { expect, test } from 'vitest'
import type { LeakReport } from '../../../plugin/types/report.js'
import type { ReportIndex } from '../../../plugin/vitest/report-files.js'
import { nginxNaming } from '../resty-leak.js'
import { aProject, json, vitest } from '../vitest-project.js'

const CONFIG = `
import { defineConfig } from 'vitest/config'
import openrestyLeak from 'vitest-openresty-leak'
export default defineConfig({
  plugins: [openrestyLeak({ runtime: 'local', scope: 'file', plan: { amount: 1000, warmup: 100, idleMs: 100, drainMs: 200, locate: false } })],
})
`

const CONF = `
events {}
http {
    init_by_lua_block { package.loaded.visits = { seen = {} } }
    server {
        listen 8080;
        location = /time { content_by_lua_block { ngx.say(ngx.time()) } }
        location = /name { content_by_lua_block { ngx.say("shop") } }
        location = /visit {
            content_by_lua_block {
                local seen = package.loaded.visits.seen
                seen[ngx.var.arg_id] = true
                ngx.say("welcome")
            }
        }
    }
}
`

const HOLDS = (path: string) => `expect(await server.measure({ request: '${path}' })).toHoldHeap()`

/** Each test does this with the server of its file, in this order. */
const BODIES = {
  'the time': HOLDS('/time'),
  'the name': HOLDS('/name'),
  'the time again': HOLDS('/time'),
  'a visit': "await server.load({ request: '/visit?id={n}', amount: 5000 })",
  'more visits': "expect(await server.measure({ request: '/visit?id={n}' })).not.toHoldHeap()",
  'the name after the leak': HOLDS('/name'),
  'a mistake': "throw new Error('its own mistake')",
  'the name after the mistake': HOLDS('/name'),
}

const TESTS = Object.entries(BODIES).map(
  ([name, body]) => `test('${name}', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  ${body}
})
`,
)

test('tests of a file share a server until one of them leaves it in doubt, and none sees what another did', async () => {
  const folder = await aProject({
    'vitest.config.ts': CONFIG,
    'nginx.conf': CONF,
    'shop.leak.test.mjs': ["import { expect, test } from 'vitest-openresty-leak/test'", ...TESTS].join('\n'),
  })
  const { code, text } = await vitest(folder)
  expect(text).toContain('1 failed | 7 passed')
  expect(text).toContain('its own mistake')
  const reports = '.vitest/openresty-leak'
  const index = await json<ReportIndex>(folder, reports, 'index.json')
  const servers: string[] = []
  const seen = []
  for (const { test, report } of index.reports) {
    const { verdict, runtime, requests, reasons } = await json<LeakReport>(folder, reports, report)
    const pids = runtime.workers.join()
    if (!servers.includes(pids)) servers.push(pids)
    const why = reasons.find((reason) => reason.includes('started anew'))
    seen.push([test, verdict, `server ${servers.indexOf(pids) + 1}`, requests.warmup, ...(why ? [why] : [])])
  }
  const anew = 'the server of the test file was started anew, since'
  expect(seen).toEqual([
    ['the time', 'ok', 'server 1', 100],
    ['the name', 'ok', 'server 1', 100],
    ['the time again', 'ok', 'server 1', 0],
    ['more visits', 'leak', 'server 1', 100],
    [
      'the name after the leak',
      'ok',
      'server 2',
      100,
      `${anew} the measurement of "more visits" found a leak on the one before`,
    ],
    ['the name after the mistake', 'ok', 'server 3', 100, `${anew} "a mistake" failed on the one before`],
  ])
  expect({ code, nginx: await nginxNaming(folder) }).toEqual({ code: 1, nginx: [] })
})
