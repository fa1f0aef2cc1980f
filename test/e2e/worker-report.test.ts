import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { percent, size } from '../../plugin/base/number.js'
import type { Details } from '../../plugin/process/details.js'
import { bootRuntime } from '../../plugin/runtime/boot.js'
import type { MemoryPart } from '../../plugin/types/memory-part.js'
import type { MemoryRow, TypeTally } from '../../plugin/types/snapshot.js'
import { aFolder, confWith, restyLeak } from './resty-leak.js'

/** What the worker makes: strings of one length, tables with two entries, structs of which some have a finalizer. */
const STRINGS = 40_000
const LENGTH = 300
const TABLES = 20_000
const STRUCTS = 500
const FINALIZED = 200

/** A collection is over and none begins, so that what Lua counts is what is there when the worker is read. */
const LOCATIONS = `
location = /plant { content_by_lua_block {
  jit.off()
  local ffi = require "ffi"
  ffi.cdef "struct planted { int x[9]; };"
  held = { strings = {}, tables = {}, structs = {} }
  for i = 1, ${STRINGS} do held.strings[i] = ("s"):rep(${LENGTH - 8}) .. ("%08d"):format(i) end
  for i = 1, ${TABLES} do held.tables[i] = { id = i, even = i % 2 == 0 } end
  local ignore = function() end
  for i = 1, ${STRUCTS} do
    local one = ffi.new("struct planted")
    held.structs[i] = i <= ${FINALIZED} and ffi.gc(one, ignore) or one
  end
} }
location = /count { content_by_lua_block {
  collectgarbage() collectgarbage() collectgarbage("stop")
  local bytes = collectgarbage("count") * 1024
  ngx.print(bytes)
} }`

interface Report {
  readonly rss: number
  readonly verdict: readonly string[]
  readonly unusual: readonly { readonly says: string; readonly remedy: string }[]
  readonly parts: readonly MemoryPart[]
  readonly rows: readonly MemoryRow[]
  readonly details: Details
  readonly vms: readonly {
    readonly gcTotal: number
    readonly accounted: number
    readonly reachable: TypeTally
    readonly holder: string | null
    readonly paths: readonly { readonly path: string; readonly objects: number; readonly bytes: number }[]
  }[]
}

test('the shares of the report agree with what the worker itself counts', async () => {
  const folder = await aFolder({ 'nginx.conf': confWith(LOCATIONS) })
  await using server = await bootRuntime({ conf: join(folder, 'nginx.conf'), runtime: 'local' })
  const [{ pid }] = (await server.workers()) as readonly [{ readonly pid: number }]
  expect((await fetch(`${server.url}/plant`)).status).toBe(200)
  const counted = Number(await (await fetch(`${server.url}/count`)).text())

  const json = join(folder, 'worker.json')
  const { code, out } = await restyLeak(['report', '-p', String(pid), '--json', json], { json: false })
  expect(code).toBe(0)
  const [worker] = JSON.parse(await readFile(json, 'utf8')).workers as readonly [Report]
  const [vm] = worker.vms as readonly [Report['vms'][number]]

  // the request that counted leaves its own objects behind: less than a page
  expect(vm.accounted).toBe(vm.gcTotal)
  expect(Math.abs(vm.gcTotal - counted)).toBeLessThan(4096)

  const at = (path: string) => vm.paths.find((one) => one.path === path)!
  const bytesOfString = 24 + Math.ceil((LENGTH + 1) / 4) * 4
  expect(at('globals.held.strings[*]')).toMatchObject({ objects: STRINGS, bytes: STRINGS * bytesOfString })
  expect(at('globals.held.tables[*]').objects).toBe(TABLES)
  expect(at('globals.held.structs[*]').objects).toBe(STRUCTS)

  const [details] = worker.details.vms as readonly [Details['vms'][number]]
  const sizes = details.strings!.sizes
  expect(sizes.find(([most]) => most === 512)![1]).toBeGreaterThanOrEqual(STRINGS)
  expect(sizes.reduce((sum, [, objects]) => sum + objects, 0)).toBe(vm.reachable.string![0])
  const planted = details.cdata.kinds.filter(({ name }) => name === 'struct planted')
  expect(planted.map(({ finalizer, objects }) => [finalizer !== null, objects])).toEqual([
    [false, STRUCTS - FINALIZED],
    [true, FINALIZED],
  ])
  const { segments, used, free, overhead } = details.allocator!
  expect(used[1] + free[1] + overhead).toBe(segments[1])

  // the shares that a reader sees are those of these figures
  const heap = vm.gcTotal / worker.rss
  expect(out).toContain(`The Lua heap is ${percent(heap)} of the worker's resident memory (${size(worker.rss)}).`)
  expect(vm.holder).toBe('globals.held.strings')
  expect(out).toMatch(/ of what is reachable hangs on _G\.held\.strings: /)
  const strings = worker.rows.find(({ name }) => name === 'reachable strings')!
  expect(strings.bytes).toBe(vm.reachable.string![1])
  expect(strings.bytes).toBeGreaterThanOrEqual(STRINGS * bytesOfString)
  expect(out).toMatch(
    new RegExp(`http: reachable strings +${size(strings.bytes)} +${percent(strings.bytes / worker.rss)} `),
  )
  for (const { says, remedy } of worker.unusual) expect(out).toContain(`  ${says}\n    ${remedy}`)
  expect(worker.rows.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(worker.rss)
  expect(worker.parts.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(worker.rss)
})
