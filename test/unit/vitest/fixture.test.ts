import { describe, expect, test } from 'vitest'
import type { Runtime, RuntimeOptions } from '../../../plugin/types/runtime.js'
import { OpenrestyFixture, type StartOptions } from '../../../plugin/vitest/fixture.js'
import type { OpenrestyLeakOptions } from '../../../plugin/vitest/options.js'

/** A fixture over runtimes that only remember what happened to them. */
function aFixture(defaults: OpenrestyLeakOptions = {}, fail?: { boot?: Error; dispose?: Error }) {
  const booted: RuntimeOptions[] = []
  const events: string[] = []
  const fixture = new OpenrestyFixture({
    testName: 'GET /t keeps nothing',
    testFile: '/repo/test/demo.leak.test.ts',
    defaults,
    signal: new AbortController().signal,
    record: () => {},
    boot: async (options) => {
      booted.push(options)
      await Promise.resolve()
      if (fail?.boot) throw fail.boot
      events.push(`start ${options.conf}`)
      const dispose = async () => {
        events.push(`stop ${options.conf}`)
        if (fail?.dispose) throw fail.dispose
      }
      return { url: 'http://127.0.0.1:8080', [Symbol.asyncDispose]: dispose } as unknown as Runtime
    },
  })
  return { fixture, booted, events }
}

describe('starting a server', () => {
  test('paths are relative to the test file, and a bare executable is looked up', async () => {
    const { fixture, booted } = aFixture()
    await fixture.start({ conf: 'conf/nginx.conf', prefix: '.', dockerfile: 'Dockerfile' })
    await fixture.start({ conf: '/etc/nginx.conf', openresty: 'openresty' })
    await fixture.start({ conf: '../nginx.conf', openresty: './bin/openresty' })
    expect(booted).toMatchObject([
      {
        conf: '/repo/test/conf/nginx.conf',
        prefix: '/repo/test',
        dockerfile: '/repo/test/Dockerfile',
        runtime: 'auto',
      },
      { conf: '/etc/nginx.conf', openresty: 'openresty' },
      { conf: '/repo/nginx.conf', openresty: '/repo/test/bin/openresty' },
    ])
  })

  test('a conf that a command makes is looked for where it makes it; the command runs beside the test file', async () => {
    const { fixture, booted } = aFixture({ prepare: 'make gateway' })
    await fixture.start({ conf: 'conf/nginx.conf' })
    await fixture.start({ conf: 'nginx.conf', prepare: 'sh make.sh' })
    expect(booted).toMatchObject([
      { conf: 'conf/nginx.conf', prepare: 'make gateway', prepareIn: '/repo/test' },
      { conf: 'nginx.conf', prepare: 'sh make.sh', prepareIn: '/repo/test' },
    ])
  })

  test('a test’s own options win over the plugin’s', async () => {
    const { fixture, booted } = aFixture({ runtime: 'local', workers: 2, reports: false, plan: { amount: 1000 } })
    await fixture.start({ conf: 'nginx.conf', workers: 4, runtime: undefined })
    expect(booted[0]).toMatchObject({ runtime: 'local', workers: 4 })
    expect(booted[0]).not.toHaveProperty('plan')
    expect(booted[0]).not.toHaveProperty('reports')
  })

  test('an option that does not exist is refused before anything starts', async () => {
    const { fixture, booted } = aFixture()
    const options = { conf: 'nginx.conf', worker: 2 } as StartOptions
    await expect(fixture.start(options)).rejects.toThrow(
      'openresty.start() has no option "worker"; did you mean workers?',
    )
    expect(booted).toEqual([])
  })
})

test.each([
  [undefined, 'not nothing.'],
  [{}, 'not {}.'],
  ['nginx.conf', 'not "nginx.conf".'],
  [{ workers: 2 }, 'not {"workers":2}.'],
])('start(%j) says that it needs a conf', async (given, words) => {
  const { fixture, booted } = aFixture()
  await expect(fixture.start(given as never)).rejects.toThrow(
    `openresty.start() needs { conf: 'nginx.conf' }, a path from the test file, ${words}`,
  )
  expect(booted).toEqual([])
})

describe('the end of a test', () => {
  test('stops its servers, newest first', async () => {
    const { fixture, events } = aFixture()
    await fixture.start({ conf: '/a' })
    await fixture.start({ conf: '/b' })
    await fixture[Symbol.asyncDispose]()
    expect(events).toEqual(['start /a', 'start /b', 'stop /b', 'stop /a'])
  })

  test('stops a server that the test never awaited, and tells it so', async () => {
    const { fixture, events, booted } = aFixture()
    const starting = fixture.start({ conf: '/a' }).catch((error: Error) => error)
    await fixture[Symbol.asyncDispose]()
    expect(events).toEqual(['start /a', 'stop /a'])
    expect(booted[0]?.signal?.aborted).toBe(true)
    const { message, stack } = (await starting) as Error
    expect(message).toBe('the test has ended, and its OpenResty with it: is an await missing before this call?')
    expect(stack).toContain('fixture.test.ts')
    expect(stack).not.toContain('plugin/')
  })

  test('has nothing to say about a server that did not start: the test knows', async () => {
    const failed = new Error('no OpenResty')
    const { fixture } = aFixture({}, { boot: failed })
    await expect(fixture.start({ conf: '/a' })).rejects.toBe(failed)
    await expect(fixture[Symbol.asyncDispose]()).resolves.toBeUndefined()
  })

  test('stops all others when one does not stop, and then says which', async () => {
    const stuck = new Error('nginx does not end')
    const { fixture, events } = aFixture({}, { dispose: stuck })
    await fixture.start({ conf: '/a' })
    await fixture.start({ conf: '/b' })
    await expect(fixture[Symbol.asyncDispose]()).rejects.toMatchObject({ errors: [stuck, stuck] })
    expect(events).toContain('stop /a')
  })
})
