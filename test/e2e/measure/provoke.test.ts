import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { measure } from '../../../plugin/measure/measure.js'
import { makePlan } from '../../../plugin/measure/plan.js'
import type { PlanInput } from '../../../plugin/measure/plan-options.js'
import { bootRuntime } from '../../../plugin/runtime/boot.js'
import { aFolder, confWith } from '../resty-leak.js'
import { SMALL_PLAN } from '../small-plan.js'

const KEPT = 'init_by_lua_block { package.loaded.kept = {} }'
const KEEP = 'local kept = package.loaded.kept; kept[#kept + 1] = "kept " .. #kept'

async function measured(files: Readonly<Record<string, string>>, input: PlanInput) {
  const folder = await aFolder(files)
  await using runtime = await bootRuntime({ conf: join(folder, 'nginx.conf'), runtime: 'local' })
  return await measure(runtime, makePlan({ ...SMALL_PLAN, ...input }))
}

describe('a leak of client aborts', () => {
  const conf = confWith(
    `location = /slow {
       lua_check_client_abort on;
       content_by_lua_block {
         ngx.on_abort(function() ${KEEP}; ngx.exit(499) end)
         ngx.sleep(ngx.var.arg_s)
         ngx.say("done")
       }
     }`,
    KEPT,
  )

  test('shows where the client gives up', async () => {
    const run = await measured({ 'nginx.conf': conf }, { request: { path: '/slow?s=5', abortAfterMs: 5 } })
    expect(run, run.reasons.join('\n')).toMatchObject({
      verdict: 'leak',
      growths: [{ path: 'registry._LOADED.kept[*]' }],
      load: { completed: 1301, unexpected: 0, statuses: { 499: 1301 } },
    })
    expect(run.growths[0]!.objectsPerRequest).toBeGreaterThan(0.9)
  })

  test('does not show where the answer comes first', async () => {
    const run = await measured({ 'nginx.conf': conf }, { request: { path: '/slow?s=0', abortAfterMs: 5000 } })
    expect(run, run.reasons.join('\n')).toMatchObject({ verdict: 'ok', load: { statuses: { 200: 1301 } } })
  })
})

test('a leak of TLS handshakes is counted by connection', async () => {
  const tls = (name: string) => readFile(fileURLToPath(new URL(`../load/${name}`, import.meta.url)), 'utf8')
  const conf = `events {}
http {
  ${KEPT}
  server {
    listen 8443 ssl;
    ssl_certificate tls.crt;
    ssl_certificate_key tls.key;
    ssl_certificate_by_lua_block { ${KEEP} }
    location = /t { content_by_lua_block { ngx.say("ok") } }
  }
}
`
  const files = { 'nginx.conf': conf, 'tls.crt': await tls('tls.crt'), 'tls.key': await tls('tls.key') }
  const run = await measured(files, { request: 'https://localhost:8443/t', per: 'connection' })
  expect(run, run.reasons.join('\n')).toMatchObject({
    verdict: 'leak',
    per: 'connection',
    growths: [{ per: 'connection', path: 'registry._LOADED.kept[*]' }],
  })
  // A connection that was opened for nothing may end before its handshake.
  expect(run.growths[0]!.objectsPerRequest).toBeCloseTo(1, 1)
})

describe('with a reload before each round', () => {
  const reloaded: PlanInput = { request: '/t', reload: true }

  test('what a new worker inherits more and more of is a leak by reload', async () => {
    const inherit = `lua_shared_dict seen 1m;
      init_by_lua_block {
        local n = ngx.shared.seen:incr("generations", 1, 0)
        local inherited = {}
        for i = 1, n do inherited[i] = { i } end
        package.loaded.inherited = inherited
      }`
    const conf = confWith('location = /t { content_by_lua_block { ngx.say("ok") } }', inherit)
    const run = await measured({ 'nginx.conf': conf }, reloaded)
    expect(run, run.reasons.join('\n')).toMatchObject({
      verdict: 'leak',
      per: 'reload',
      sensitivity: null,
      growths: [{ per: 'reload', path: 'registry._LOADED.inherited[*]', types: { table: { objectsPerRequest: 1 } } }],
    })
    expect(run.growths[0]!.rounds).toEqual([1, 1, 1, 1, 1, 1, 1])
  })

  test('what each worker keeps for itself is none', async () => {
    const conf = confWith(`location = /t { content_by_lua_block { ${KEEP}; ngx.say("ok") } }`, KEPT)
    const run = await measured({ 'nginx.conf': conf }, reloaded)
    expect(run, run.reasons.join('\n')).toMatchObject({ verdict: 'ok', growths: [] })
  })
})
