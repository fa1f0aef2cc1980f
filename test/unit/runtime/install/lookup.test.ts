import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bootRuntime, unpackAfter } from '../../../../plugin/runtime/boot.js'
import { findInstalled, inspectExplicit } from '../../../../plugin/runtime/install/lookup.js'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lookup-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const places = () => ({ path: folder, openrestyPrefixes: ['/no/openresty'], nginxFolders: ['/no/sbin'] })

/** An executable that prints to stderr, as nginx -V does. */
function program(name: string, says: string): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `#!/bin/sh\ncat >&2 <<'END'\n${says}\nEND\n`)
  chmodSync(path, 0o755)
  return path
}

test('prefers an OpenResty on PATH', async () => {
  const binary = program('openresty', 'nginx version: openresty/1.27.1.2\nconfigure arguments: --prefix=/o')
  program('nginx', 'nginx version: nginx/1.22.1\nconfigure arguments:')
  const { installation } = await findInstalled(places())
  expect(installation).toMatchObject({ binary, description: `openresty 1.27.1.2, ${binary}`, env: {} })
})

test('takes an nginx on PATH that has the Lua module', async () => {
  const modules = join(folder, 'modules')
  mkdirSync(modules)
  writeFileSync(join(modules, 'ngx_http_lua_module.so'), '')
  const binary = program('nginx', `nginx version: nginx/1.22.1\nconfigure arguments: --modules-path=${modules}`)
  const { installation } = await findInstalled(places())
  expect(installation).toMatchObject({
    description: `nginx 1.22.1 + ngx_http_lua_module, ${binary}`,
    build: { modulesPath: modules, modules: ['ngx_http_lua_module.so'] },
  })
})

test('says of each candidate why it will not do', async () => {
  const openresty = program('openresty', 'something else')
  const nginx = program('nginx', 'nginx version: nginx/1.22.1\nconfigure arguments: --modules-path=/nowhere')
  const { attempts } = await findInstalled(places())
  expect(attempts).toContainEqual({
    tried: `openresty ${openresty}`,
    reason: 'is not nginx: -V does not print an nginx version, but: something else',
  })
  expect(attempts).toContainEqual({
    tried: `nginx with the Lua module ${nginx}`,
    reason: expect.stringContaining('no ngx_http_lua_module.so in /nowhere'),
  })
})

test('looks a bare name up on PATH', async () => {
  const binary = program('my-resty', 'nginx version: openresty/1.27.1.2\nconfigure arguments:')
  expect(await inspectExplicit('my-resty', folder)).toMatchObject({ binary })
})

test.each([
  ['that is missing', () => join(folder, 'none'), 'RUNTIME_NO_OPENRESTY', 'does not exist'],
  ['that is a folder', () => folder, 'RUNTIME_NO_OPENRESTY', 'cannot be executed'],
  ['that is on no PATH', () => 'no-such-resty', 'RUNTIME_NO_OPENRESTY', 'is not on PATH'],
  ['that is not nginx', () => program('x', 'hello'), 'RUNTIME_NO_OPENRESTY', 'is not nginx'],
  ['without Lua', () => program('x', 'nginx version: nginx/1.22.1'), 'RUNTIME_NO_LUA', 'without Lua'],
])('refuses a named executable %s', async (_, name, code, message) => {
  await expect(inspectExplicit(name(), folder)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  })
})

test('lists every attempt where there is nothing', async () => {
  const { attempts } = await findInstalled(places())
  await expect(unpackAfter(attempts, { XDG_CACHE_HOME: '/dev/null' })).rejects.toMatchObject({
    code: 'RUNTIME_NO_OPENRESTY',
    attempts: [
      { tried: 'openresty', reason: 'not found on PATH or in /no/openresty' },
      { tried: 'nginx with the Lua module', reason: 'not found on PATH or in /no/sbin' },
      {
        tried: "the distribution's packages, unpacked into the cache",
        reason: expect.stringContaining('cannot make the cache folder /dev/null/vitest-openresty-leak'),
      },
    ],
    message: expect.stringMatching(/Tried:\n {2}- openresty: not found.*\n {2}- nginx.*\n {2}- the distribution/),
  })
})

test.each([
  [{ image: 'x', openresty: '/x' }, 'image and openresty'],
  [{ dockerfile: '/x', runtime: 'local' }, "dockerfile and runtime 'local'"],
  [{ openresty: '/x', runtime: 'container' }, "openresty and runtime 'container'"],
  [{ runtime: 'auto', image: 'x', dockerfile: 'Dockerfile' }, 'image and dockerfile exclude each other'],
] as const)('refuses options that exclude each other: %j', async (options, message) => {
  await expect(bootRuntime({ conf: '/x', runtime: 'auto', ...options })).rejects.toMatchObject({
    code: 'RUNTIME_OPTIONS',
    message: expect.stringContaining(message),
  })
})

test.each(['win32', 'darwin'])('says on %s that only a container will do', async (platform) => {
  const here = Object.getOwnPropertyDescriptor(process, 'platform')!
  Object.defineProperty(process, 'platform', { ...here, value: platform })
  try {
    await expect(bootRuntime({ conf: '/nginx.conf', runtime: 'local' })).rejects.toMatchObject({
      code: 'RUNTIME_NO_OPENRESTY',
      message: `local runs need Linux, and this is ${platform}. Use a container: leave out openresty and runtime 'local'.`,
    })
  } finally {
    Object.defineProperty(process, 'platform', here)
  }
})
