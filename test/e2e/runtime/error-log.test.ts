import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { measure } from '../../../plugin/measure/measure.js'
import { makePlan } from '../../../plugin/measure/plan.js'
import type { PlanInput } from '../../../plugin/measure/plan-options.js'
import { bootRuntime } from '../../../plugin/runtime/boot.js'
import { aFolder, confWith } from '../resty-leak.js'
import { SMALL_PLAN } from '../small-plan.js'

const SMALL: PlanInput = { request: '/t', ...SMALL_PLAN }

/** Boots a conf with this location and http part, and measures it. */
async function measured(location: string, { http = '', ...input }: PlanInput & { readonly http?: string } = {}) {
  const folder = await aFolder({ 'nginx.conf': confWith(`location = /t { ${location} }`, http) })
  await using runtime = await bootRuntime({ conf: join(folder, 'nginx.conf'), runtime: 'local' })
  return await measure(runtime, makePlan({ ...SMALL, ...input }))
}

const SAY = 'content_by_lua_block { ngx.say("ok") }'

describe('a run of another program than the conf’s is invalid, and quotes the first entry of the error log whole', () => {
  test('where the log phase fails with each request', async () => {
    const run = await measured(`${SAY} log_by_lua_block { require("cjson.no_such") }`)
    expect(run.verdict).toBe('invalid')
    expect(run.reasons[0]).toMatch(/^Lua code failed 20[01] times in the warm-up of 200 requests: another program/)
    expect(run.reasons[0]).toMatch(
      /\nerror log, the first of 20[01] such entries: .*module 'cjson\.no_such' not found:\n/,
    )
  })

  test('where a timer fails that each request starts', async () => {
    const run = await measured(
      'content_by_lua_block { ngx.timer.at(0, function() error("no\\npeer") end) ngx.say("ok") }',
    )
    expect(run.verdict).toBe('invalid')
    expect(run.reasons[0]).toMatch(/^Lua code failed \d+ times in the warm-up/)
    expect(run.reasons[0]).toMatch(/: no\npeer\nstack traceback:[\s\S]*context: ngx\.timer/)
  })

  test('where a thread fails that each request starts, though its answer is fine', async () => {
    const run = await measured(
      'content_by_lua_block { ngx.thread.wait(ngx.thread.spawn(function() error("no peer") end)) ngx.say("ok") }',
    )
    expect(run.reasons[0]).toMatch(/^Lua code failed 20[01] times in the warm-up[\s\S]*lua user thread aborted/)
  })

  test('where init_worker_by_lua failed', async () => {
    const run = await measured(SAY, { http: 'init_worker_by_lua_block { error("no listener") }' })
    expect(run.verdict).toBe('invalid')
    expect(run.reasons[0]).toMatch(/^init_worker_by_lua failed in a process of nginx: [\s\S]*: no listener\nstack/)
    expect(run.requests.rounds).toEqual([])
  })

  test('where init_worker_by_lua fails after a reload', async () => {
    const http = `lua_shared_dict started 1m;
      init_worker_by_lua_block { if ngx.shared.started:incr("n", 1, 0) > 1 then error("port is taken") end }`
    const run = await measured(SAY, { http, reload: true })
    expect(run.reasons[0]).toMatch(/^init_worker_by_lua failed in a process of nginx: [\s\S]*: port is taken\nstack/)
  })

  test('where the Lua VM panics', async () => {
    const http = `init_by_lua_block {
      ffi = require("ffi")
      ffi.cdef [[ void free(void *p); char *strdup(const char *s); ]]
    }`
    const run = await measured(
      'content_by_lua_block { local text = ffi.gc(ffi.cast("const char *", ffi.C.strdup("a")), ffi.C.free) ngx.say(ffi.string(text)) }',
      { http, warmup: 5003 },
    )
    expect(run.verdict).toBe('invalid')
    expect(run.reasons[0]).toMatch(/nginx: lua atpanic: Lua VM crashed, reason: bad argument #1/)
  })

  test('with the first error, which later ones hide', async () => {
    const run = await measured(
      'content_by_lua_block { loads = (loads or 0) + 1; if loads == 1 then error("the cause") end error("an effect") }',
      { http: 'lua_socket_log_errors off;' },
    )
    expect(run.reasons[0]).toMatch(/^unexpected status of GET \/t: 500 .*\nerror log: .*: the cause\n/)
  })
})

describe('a run stands', () => {
  test('where the errors are those that the plan expects', async () => {
    const run = await measured('content_by_lua_block { error("no stock") }', { expectStatus: '500' })
    expect(run, run.reasons.join('\n')).toMatchObject({ verdict: 'ok', passed: true })
    expect(run.reasons).toContainEqual(
      expect.stringMatching(
        /^nginx logged 1502 errors during the run, the first: lua entry thread aborted: .*: no stock$/,
      ),
    )
  })

  test('where the code itself logs errors, which is a note', async () => {
    const run = await measured('content_by_lua_block { ngx.log(ngx.ERR, "slow\\nupstream") ngx.say("ok") }')
    expect(run, run.reasons.join('\n')).toMatchObject({ verdict: 'ok', passed: true })
    expect(run.reasons).toContainEqual(
      expect.stringMatching(/^nginx logged 1502 errors during the run, the first: \[lua\] .*: slow\nupstream/),
    )
  })

  test('where few requests fail after their answer, which is a note', async () => {
    const run = await measured(
      `${SAY} log_by_lua_block { n = (n or 0) + 1; if n % 100 == 0 then error("no sink") end }`,
    )
    expect(run, run.reasons.join('\n')).toMatchObject({ verdict: 'ok', passed: true })
    expect(run.reasons).toContainEqual(
      expect.stringMatching(/^nginx logged 15 errors during the run, the first: .*no sink/),
    )
  })

  test('without a note where the log is clean', async () => {
    const run = await measured(SAY)
    expect(run.reasons.filter((reason) => reason.startsWith('nginx logged'))).toEqual([])
  })
})
