import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { OpenrestyFixture } from '../../../plugin/vitest/fixture.js'
import { aFolder, confWith } from '../resty-leak.js'
import { SMALL_PLAN } from '../small-plan.js'

const KEEPS_BY_KEY = confWith(
  'location = /t { content_by_lua_block { seen[ngx.var.arg_id] = true ngx.say("ok") } }',
  'init_by_lua_block { seen = {} }',
)
const PLAN = { request: '/t?id={n}', ...SMALL_PLAN, locate: false }
/** As many as a whole measurement sends. */
const AS_MANY = 10_000

/** A server as a test has it, whose Lua keeps each id that it was ever asked. */
async function aServer() {
  const folder = await aFolder({ 'nginx.conf': KEEPS_BY_KEY })
  const fixture = new OpenrestyFixture({
    testFile: import.meta.filename,
    testName: 'numbers',
    defaults: {},
    signal: new AbortController().signal,
    record: () => {},
  })
  onTestFinished(() => fixture[Symbol.asyncDispose]())
  return { fixture, server: await fixture.start({ conf: join(folder, 'nginx.conf'), runtime: 'local' }) }
}

const LEAK = { verdict: 'leak', growths: [{ path: 'globals.seen.<keys>' }] }

test('no key of a load comes again in a measurement, which would hide what is kept by key', async () => {
  const { server } = await aServer()
  await server.load({ request: '/t?id={n}', amount: AS_MANY })
  expect(await server.measure(PLAN)).toMatchObject(LEAK)
})

test('no key of a measurement comes again in the next', async () => {
  const { server } = await aServer()
  expect(await server.measure(PLAN)).toMatchObject(LEAK)
  expect(await server.measure(PLAN)).toMatchObject(LEAK)
})

test('no key of an earlier run comes again where one attaches to the server that had it', async () => {
  const { fixture, server } = await aServer()
  const [worker] = await server.runtime.workers()
  for (const run of ['the first run', 'the second run']) {
    const attached = await fixture.attach({ pid: worker!.pid, url: server.url })
    expect(await attached.measure(PLAN), run).toMatchObject(LEAK)
  }
})
