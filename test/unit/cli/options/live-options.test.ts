import { expect, test } from 'vitest'
import { attachTarget, freezeOf, liveTarget, memoryTarget } from '../../../../plugin/cli/options/live-options.js'
import { runSettings } from '../../../../plugin/cli/options/run-options.js'

test.each([
  [{ pid: '12' }, { pid: 12 }],
  [{ container: 'kong' }, { container: 'kong' }],
])('%j is a target', (given, target) => {
  expect(liveTarget(given)).toEqual(target)
})

test.each([
  [{}, 'whose? Give -p PID'],
  [{ pid: '1', container: 'a' }, '-p and --container exclude each other'],
  [{ pid: '0' }, '-p "0" is not a process id'],
  [{ pid: 'kong' }, '-p "kong" is not a process id'],
])('%j is none', (given, message) => {
  expect(() => liveTarget(given)).toThrow(message)
})

test('a number is a pid to attach to, anything else a container', () => {
  expect(attachTarget('123')).toEqual({ pid: 123 })
  expect(attachTarget('123abc')).toEqual({ container: '123abc' })
})

test('a pause is at least a millisecond', () => {
  expect(freezeOf({ maxPause: '50' })).toEqual({ maxPauseMs: 50 })
  expect(freezeOf({ freeze: 'fork' })).toEqual({ freeze: 'fork' })
  expect(() => freezeOf({ maxPause: '0' })).toThrow('--max-pause "0" is not a number of milliseconds')
})

const ATTACH = { request: ['/t'], runtime: 'auto', attach: '123', url: 'http://127.0.0.1:8000' } as const

test('an attached run boots nothing', async () => {
  const { server } = await runSettings(undefined, ATTACH)
  expect(server).toEqual({
    title: '123',
    folder: process.cwd(),
    attach: { pid: 123, url: 'http://127.0.0.1:8000' },
  })
})

test.each([
  [undefined, { request: ['/t'], runtime: 'auto' }, 'what is to run? Give an nginx.conf, or --attach'],
  [undefined, { request: ['/t'], runtime: 'auto', attach: '1' }, '--attach needs --url'],
  ['nginx.conf', { request: ['/t'], runtime: 'auto', url: 'http://a' }, '--url is where an attached server answers'],
  ['nginx.conf', { ...ATTACH, keep: true }, 'an nginx.conf, --keep would be for starting one'],
] as const)('%s with %j is refused', async (conf, given, message) => {
  await expect(runSettings(conf, given)).rejects.toThrow(message)
})

test('a core file stands in the place of a process', () => {
  expect(memoryTarget({ core: 'core.7' })).toEqual({ core: 'core.7' })
  expect(memoryTarget({ core: 'core.7', exe: '/old/nginx' })).toEqual({ core: 'core.7', program: '/old/nginx' })
  expect(memoryTarget({ core: 'core.7', sysroot: '/mnt' })).toEqual({ core: 'core.7', sysroot: '/mnt' })
  expect(memoryTarget({ pid: '7' })).toEqual({ pid: 7 })
})

test.each([
  [{ core: 'core.7', pid: '7' }, '--core and -p exclude each other: a core file is no running process.'],
  [{ core: 'core.7', container: 'a' }, '--core and --container exclude each other'],
  [{ core: 'core.7', maxPause: '5' }, '--core and --max-pause exclude each other'],
  [{ core: 'core.7', freeze: 'fork' } as const, '--core and --freeze exclude each other'],
  [{ pid: '7', exe: '/old/nginx' }, '--exe is the program of a core file: give that with --core.'],
  [{ pid: '7', sysroot: '/mnt' }, '--sysroot has the files of a core file: give that with --core.'],
])('refuses for a core file: %j', (given, message) => {
  expect(() => memoryTarget(given)).toThrow(message)
})
