import { expect, test } from 'vitest'
import { RuntimeError } from '../../../plugin/base/runtime-error.js'
import type { Runtime, RuntimeOptions } from '../../../plugin/types/runtime.js'
import { FileServers } from '../../../plugin/vitest/file-scope/file-servers.js'
import { OpenrestyFixture, type StartOptions } from '../../../plugin/vitest/fixture.js'

const ANEW = 'the server of the test file was started anew, since'

/** A test file whose servers only remember what happened to them. */
function aFile({ dispose }: { dispose?: Error } = {}) {
  const servers = new FileServers()
  const events: string[] = []
  const workers: Record<string, number> = {}
  let booted = 0
  const boot = async ({ signal }: RuntimeOptions) => {
    const name = `server ${++booted}`
    workers[name] = 1
    await Promise.resolve()
    signal?.throwIfAborted()
    events.push(`${name} starts`)
    return {
      url: name,
      workers: async () => {
        if (workers[name]! < 0) throw new RuntimeError('RUNTIME_STOPPED', 'nginx has ended')
        return Array.from({ length: workers[name]! }, () => ({ pid: 7 }))
      },
      [Symbol.asyncDispose]: async () => {
        events.push(`${name} stops`)
        if (dispose) throw dispose
      },
    } as unknown as Runtime
  }
  const failed: (() => void)[] = []
  const aTest = (testName: string) =>
    new OpenrestyFixture({
      onTestFailed: (listener) => failed.push(listener),
      testName,
      testFile: '/repo/test/shop.leak.test.ts',
      defaults: { scope: 'file' },
      signal: new AbortController().signal,
      record: () => {},
      boot,
      shared: servers,
    })
  /** Runs a test that starts one server; resolves to that server's name. */
  const runTest = async (testName: string, options: Partial<StartOptions> = {}) => {
    await using fixture = aTest(testName)
    return (await fixture.start({ conf: 'nginx.conf', ...options })).url
  }
  const take = () => servers.take(OPTIONS, { boot, signal: new AbortController().signal })
  return { servers, events, workers, failed, boot, aTest, runTest, take }
}

const OPTIONS: RuntimeOptions = { conf: '/repo/nginx.conf', runtime: 'local' }

test('tests of a file share the server of the same options, which ends with the file', async () => {
  const { servers, events, runTest } = aFile()
  const names = [await runTest('a'), await runTest('b'), await runTest('c', { workers: 2 }), await runTest('d')]
  expect(names).toEqual(['server 1', 'server 1', 'server 2', 'server 1'])
  expect(events).toEqual(['server 1 starts', 'server 2 starts'])
  await servers[Symbol.asyncDispose]()
  expect(events.slice(2)).toEqual(['server 2 stops', 'server 1 stops'])
})

test('a test that asks for a server of its own gets one, which ends with the test', async () => {
  const { events, runTest } = aFile()
  await runTest('a')
  await runTest('b', { scope: 'test' })
  expect(events).toEqual(['server 1 starts', 'server 2 starts', 'server 2 stops'])
})

test('one start serves two that a test asks for at once', async () => {
  const { aTest, events } = aFile()
  await using fixture = aTest('a')
  await Promise.all([fixture.start({ conf: 'nginx.conf' }), fixture.start({ conf: 'nginx.conf' })])
  expect(events).toEqual(['server 1 starts'])
})

test('a test that failed leaves its server to no other', async () => {
  const { events, failed, runTest } = aFile()
  await runTest('a')
  for (const listener of failed) listener()
  expect(await runTest('b')).toBe('server 2')
  expect(events).toEqual(['server 1 starts', 'server 1 stops', 'server 2 starts'])
})

test.each([
  ['leak', 'the measurement of "a" found a leak on the one before'],
  ['inconclusive', 'the measurement of "a" stayed inconclusive on the one before'],
  ['invalid', 'the measurement of "a" was invalid on the one before'],
] as const)('after the verdict %s the next test has a new server', async (verdict, why) => {
  const { take } = aFile()
  const { server } = await take()
  server.noteReport('a', { verdict })
  expect(await take()).toMatchObject({ renewed: `${ANEW} ${why}` })
})

test('after the verdict ok the next test has the same server', async () => {
  const { take } = aFile()
  const { server } = await take()
  server.noteReport('a', { verdict: 'ok' })
  expect(await take()).toEqual({ server })
})

test('a call that broke off, or that nobody awaited, leaves its server to no other', async () => {
  const { take } = aFile()
  const { server } = await take()
  const broken = server.run('a', () => Promise.reject(new Error('aborted')))
  await expect(broken).rejects.toThrow('aborted')
  const { server: second, renewed } = await take()
  expect(renewed).toBe(`${ANEW} a call of "a" broke off on the one before`)
  await second.run('b', async () => {})
  second.noteTestEnd('b')
  expect(await take()).toEqual({ server: second })
  void second.run('c', () => new Promise(() => {}))
  second.noteTestEnd('c')
  expect(await take()).toMatchObject({ renewed: `${ANEW} "c" ended before its calls on the one before did` })
})

test.each([0, -1])('a server whose workers are gone is replaced', async (left) => {
  const { take, workers } = aFile()
  await take()
  workers['server 1'] = left
  expect(await take()).toMatchObject({ renewed: `${ANEW} the one before has ended` })
})

test('the end of a test ends a start that is under way, and not a server that is there', async () => {
  const { servers, boot, events } = aFile()
  const ended = new AbortController()
  const bootAndEnd = (options: RuntimeOptions) => {
    const booting = boot(options)
    ended.abort(new Error('time is over'))
    return booting
  }
  await expect(servers.take(OPTIONS, { boot: bootAndEnd, signal: ended.signal })).rejects.toThrow('time is over')
  const later = new AbortController()
  const signals: AbortSignal[] = []
  const bootAndNote = (options: RuntimeOptions) => {
    signals.push(options.signal!)
    return boot(options)
  }
  await servers.take(OPTIONS, { boot: bootAndNote, signal: later.signal })
  later.abort()
  expect(signals).toMatchObject([{ aborted: false }])
  expect(events).toEqual(['server 2 starts'])
})

test('a server that does not stop is told at the end of the file, and the next test has its own all the same', async () => {
  const stuck = new Error('nginx does not end')
  const { servers, take } = aFile({ dispose: stuck })
  const { server } = await take()
  server.noteFailure('a')
  await take()
  await expect(servers[Symbol.asyncDispose]()).rejects.toMatchObject({ errors: [stuck, stuck] })
})
