import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { checkPrepare, confOf, withGeneratedConf } from '../../../../plugin/runtime/start/generated-conf.js'
import type { RuntimeOptions } from '../../../../plugin/types/runtime.js'

let folder: string
let prefix: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'generated-conf-'))
  prefix = join(folder, 'prefix')
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
})

function made(prepare: string, more: Partial<RuntimeOptions> = {}) {
  return withGeneratedConf({ conf: 'conf/nginx.conf', runtime: 'local', prepare, ...more }, prefix)
}

test('the command makes the conf in a new folder, which is the prefix', async () => {
  const options = await made('mkdir $PREFIX/conf && echo "events {}" > $PREFIX/conf/nginx.conf')
  expect(options).toEqual({ runtime: 'local', conf: join(prefix, 'conf/nginx.conf'), prefix })
  expect(readFileSync(options.conf, 'utf8')).toBe('events {}\n')
})

test('the command has the environment of nginx, and runs where it is told to', async () => {
  const command = 'mkdir $PREFIX/conf && { pwd; echo $MODE; } > $PREFIX/conf/nginx.conf'
  const { conf } = await made(command, { env: { MODE: 'test' }, prepareIn: folder })
  expect(readFileSync(conf, 'utf8')).toBe(`${folder}\ntest\n`)
})

test('options without a command stay as they are', async () => {
  const options: RuntimeOptions = { conf: '/srv/nginx.conf', runtime: 'local' }
  expect(await withGeneratedConf(options, prefix)).toBe(options)
  expect(existsSync(prefix)).toBe(false)
})

test('a command that fails is shown with the end of what it said', async () => {
  await expect(made('seq 100; exit 3')).rejects.toMatchObject({
    code: 'RUNTIME_PREPARE_FAILED',
    message: expect.stringMatching(
      /^prepare ended with code 3, so there is no conf to start: seq 100; exit 3\n89\n90\n(?:\d+\n)*100\nTo see it/,
    ),
  })
})

test('a command that does not make the conf is told what it made', async () => {
  await expect(made('touch $PREFIX/nginx.conf')).rejects.toThrow(
    'prepare made no conf/nginx.conf in $PREFIX; there are nginx.conf, so there is no conf to start: touch',
  )
  rmSync(prefix, { recursive: true })
  await expect(made('true')).rejects.toThrow('prepare made no conf/nginx.conf in $PREFIX; the folder is empty')
})

test('a command that does not end in time is told so', async () => {
  await expect(made('sleep 1000', { startTimeoutMs: 50 })).rejects.toThrow(
    'prepare had not ended after 0.05 s (where it needs longer: --start-timeout',
  )
})

test('where the run is given up, the command ends with all that it started', async () => {
  const given = new AbortController()
  const making = made('sleep 1000 & echo $! > $PREFIX/new; mv $PREFIX/new $PREFIX/pid; wait', { signal: given.signal })
  const refused = expect(making).rejects.toThrow('no more')
  const pid = await vi.waitFor(() => readFileSync(join(prefix, 'pid'), 'utf8').trim(), { timeout: 5_000 })
  given.abort(new Error('no more'))
  await refused
  // one that nobody has asked after yet has no command line any more
  const hasEnded = () => !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/cmdline`, 'utf8') === ''
  await vi.waitFor(() => expect(hasEnded()).toBe(true), { timeout: 5_000 })
})

test.each([
  [{ conf: '/srv/nginx.conf' }, 'the conf is a path within $PREFIX'],
  [{ conf: 'conf/../../nginx.conf' }, 'the conf is a path within $PREFIX'],
  [{ prefix: '/srv' }, 'prefix and prepare exclude each other'],
  [{ prepare: ' ' }, 'prepare is an empty command'],
])('refuses %o beside a command', (options, why) => {
  expect(() => checkPrepare({ conf: 'nginx.conf', prepare: 'make', ...options })).toThrow(why)
})

test('a conf that was made lies in the prefix of its server', () => {
  expect(confOf({ conf: 'nginx.conf', prepare: 'make' }, { prefix: '/tmp/p' })).toBe('/tmp/p/nginx.conf')
  expect(confOf({ conf: '/srv/nginx.conf' }, { prefix: '/srv' })).toBe('/srv/nginx.conf')
})
