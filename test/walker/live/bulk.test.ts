import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { walkerPath } from '../../../plugin/heapwalk/walker-path.js'
import type { Snapshot, VmSnapshot } from '../../../plugin/types/snapshot.js'
import { byPath, httpVm } from '../paths.js'
import { serve } from '../server.js'

/** More than the walker needs to mark in bulk at each of the paths below. */
const COUNT = 100_000

/**
 * Entries of every kind at one path, many of them reached several times: by neighbours in the list, by a second list whose
 * path is smaller, and by other steps from the same table.
 */
const MIXED = `
  local ffi, shared, class, list, first = require "ffi", { 1, "shared" }, { method = function(self) return self.x end }, {}, {}
  class.__index = class
  for i = 1, ${COUNT} do
    local kind = i % 6
    if kind == 0 then list[i] = { shared, "text" .. i, shared, { i } }
    elseif kind == 1 then list[i] = setmetatable({ "object" .. i, list[i - 1] }, class)
    elseif kind == 2 then list[i] = { function() return i end, coroutine.create(function() return i end), list[i - 1], list[i - 3] }
    elseif kind == 3 then list[i] = { "hash" .. i, list[1], x = { i } }
    elseif kind == 4 then list[i] = "text" .. (i % 1000)
    else list[i] = { ngx.null, {}, ffi.new("int[4]"), { "deep" .. i } } end
    first[i] = list[(i * 7919) % i + 1]
  end
  package.loaded.mixed = { list = list, first = first, other = list[3], weak = setmetatable({ list[5], list[8] }, { __mode = "v" }) }`

/** What the first tables have under a key that is a table, later ones have in their arrays: that path is the smaller one. */
const SIBLINGS = `
  local kept, list = {}, {}
  for i = 1, 50 do kept[i] = { i } list[i] = { [{}] = kept[i] } end
  for i = 51, ${COUNT} do list[i] = { kept[i % 50 + 1], "sibling" .. i } end
  package.loaded.siblings = list`

const PLAIN = `
  local list = {}
  for i = 1, ${COUNT} do list[i] = { {}, "plain" .. i } end
  package.loaded.plain = list`

function snap(pid: number, ...options: readonly string[]): VmSnapshot {
  const { stdout, stderr } = spawnSync(walkerPath(), ['snap', '-p', String(pid), ...options], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (stdout === '') throw new Error(stderr)
  return httpVm(JSON.parse(stdout) as Snapshot)
}

function withoutRetained({ retained, nodes, ...vm }: VmSnapshot) {
  return { ...vm, nodes: nodes.map(({ ret, retMal, ...node }) => node) }
}

test('objects that are marked in bulk have the paths and counts that they have one by one', async () => {
  const code = [MIXED, SIBLINGS, PLAIN].map((heap) => `do ${heap} end`).join(' ')
  await using server = await serve({ locations: { '/make': `collectgarbage("stop") ${code} ngx.print("ok")` } })
  await server.get('/make')
  const inBulk = snap(server.pid)
  // for retained bytes every reference is noted, one by one
  expect(withoutRetained(inBulk)).toEqual(withoutRetained(snap(server.pid, '--retained')))
  const nodes = byPath(inBulk)
  expect(nodes.get('registry._LOADED.plain')?.e).toEqual({ '[*]': COUNT })
  expect(nodes.get('registry._LOADED.plain[*]')?.o).toEqual({ table: [COUNT, COUNT * 88] })
  expect(nodes.get('registry._LOADED.plain[*][*]')?.o?.table).toEqual([COUNT, COUNT * 64])
  expect(nodes.get('registry._LOADED.plain[*][*]')?.o?.string?.[0]).toBe(COUNT)
})
