import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unpackDistribution } from '../../../plugin/runtime/install/unpack.js'

let cache: string
let folder: string

beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), 'unpack-e2e-'))
  folder = join(cache, 'vitest-openresty-leak')
})
afterAll(() => rmSync(cache, { recursive: true }))

const unpack = () => unpackDistribution({ XDG_CACHE_HOME: cache })

test('two that unpack at once get the same nginx, and nothing else is left in the cache', async () => {
  const [one, other] = await Promise.all([unpack(), unpack()])
  expect(one).toEqual(other)
  expect(one.description).toMatch(/^nginx [\d.]+ \+ ngx_http_lua_module, /)
  expect(one.binary.startsWith(folder)).toBe(true)
  expect(readdirSync(folder)).toHaveLength(1)
})

test('what is there is used again', async () => {
  const root = join(folder, readdirSync(folder)[0]!)
  const marker = join(root, 'marker')
  mkdirSync(marker)
  await unpack()
  expect(readdirSync(root)).toContain('marker')
})

test('what stopped working is unpacked anew, and what a killed process left goes', async () => {
  const { binary } = await unpack()
  rmSync(binary)
  const abandoned = join(folder, 'unpacking-long-ago')
  mkdirSync(abandoned)
  utimesSync(abandoned, 0, 0)
  expect(await unpack()).toMatchObject({ binary })
  expect(readdirSync(folder)).toHaveLength(1)
})
