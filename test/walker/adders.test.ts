import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { VmSnapshot } from '../../plugin/types/snapshot.js'
import { byPath, httpVm } from './paths.js'
import { serve } from './server.js'

const folder = mkdtempSync(join(tmpdir(), 'adders-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The http VM after the module `kept` was loaded, and what `code` does with it. */
async function heapOf(module: string, code: string, http = ''): Promise<VmSnapshot> {
  writeFileSync(join(folder, 'kept.lua'), module)
  await using server = await serve({
    locations: { '/make': `${code} ngx.print("ok")` },
    http: `lua_package_path "${folder}/?.lua;;"; ${http}`,
  })
  await server.get('/make')
  return httpVm(await server.runtime.snapshot(server.pid))
}

/** `kept.lua:5 go` of what adds entries at a path, or puts another value there. */
function told(vm: VmSnapshot, path: string, kind: 'add' | 'set' = 'add'): string[] {
  const lines = byPath(vm).get(path)?.[kind] ?? []
  return lines.map(([source, name]) => `${vm.sources[source]!.replace(`${folder}/`, '')} ${name}`)
}

const KEPT = 'registry._LOADED.kept'

test('tells the lines that store into an upvalue, a field of a module and a global, by the table itself', async () => {
  const vm = await heapOf(
    `local _M = { fields = {}, deep = { er = {} } }
local list, other = {}, {}
everywhere = {}
function _M.put(id)
  list[#list + 1] = id
end
function _M.put_too(id)
  local same = list
  same[id] = {}
end
function _M.elsewhere(id)
  other[id] = true
end
function _M.field(id)
  _M.fields[id] = id
end
function _M.deeper(id)
  _M.deep.er[#_M.deep.er + 1] = id
end
function _M.global(id)
  everywhere[id] = id
end
return _M`,
    `local kept = require("kept")
    for i = 1, 3 do kept.put({ i }) kept.put_too("k" .. i) kept.elsewhere("o" .. i) kept.field("f" .. i) kept.deeper({ i }) kept.global("g" .. i) end`,
  )
  expect(told(vm, `${KEPT}.put.^list`)).toEqual(['kept.lua:5 put', 'kept.lua:9 put_too'])
  expect(told(vm, `${KEPT}.elsewhere.^other`)).toEqual(['kept.lua:12 elsewhere'])
  expect(told(vm, `${KEPT}.fields`)).toEqual(['kept.lua:15 field'])
  expect(told(vm, `${KEPT}.deep.er`)).toEqual(['kept.lua:18 deeper'])
  expect(told(vm, 'globals.everywhere')).toEqual(['kept.lua:21 global'])
})

test('tells table.insert and rawset by what they are, not by their name', async () => {
  const vm = await heapOf(
    `local insert, set = table.insert, rawset
local one, two, three, four = {}, {}, {}, {}
local mine = { insert = function(list) return #list end }
return {
  by_upvalue = function(id) insert(one, id) end,
  by_field = function(id)
    table.insert(two, tostring(id))
    return 1
  end,
  by_tail_call = function(id) return set(three, id, id) end,
  not_it = function(id) mine.insert(four, id) end,
}`,
    'local kept = require("kept") kept.by_upvalue({}) kept.by_field({}) kept.by_tail_call("a") kept.not_it({})',
  )
  expect(told(vm, `${KEPT}.by_upvalue.^one`)).toEqual(['kept.lua:5 by_upvalue'])
  expect(told(vm, `${KEPT}.by_field.^two`)).toEqual(['kept.lua:7 by_field'])
  expect(told(vm, `${KEPT}.by_tail_call.^three`)).toEqual(['kept.lua:10 by_tail_call'])
  expect(told(vm, `${KEPT}.not_it.^four`)).toEqual([])
})

test('tells methods that store into their object, and functions within functions', async () => {
  const vm = await heapOf(
    `local Registry = {}
Registry.__index = Registry
function Registry:add(id)
  self.size = self.size + 1
  self.members[self.size] = { id }
end
function Registry:rename(name) self.name = "n" .. name end
local seen = {}
local Other = { add = function(self, id) self.members[id] = id end }
return {
  registry = setmetatable({ size = 0, members = {} }, Registry),
  then_later = function(id)
    return function()
      pcall(function() seen[#seen + 1] = id end)
    end
  end,
  look = function() return #seen, Other end,
}`,
    `local kept = require("kept")
    kept.registry:add(1) kept.registry:rename("a") kept.then_later({})()`,
  )
  expect(told(vm, `${KEPT}.registry.members`)).toEqual(['kept.lua:5 add'])
  expect(told(vm, `${KEPT}.registry.name`, 'set')).toEqual(['kept.lua:7 rename'])
  expect(told(vm, `${KEPT}.look.^seen`)).toEqual(['kept.lua:14 null'])
})

test('tells what puts another value in the place of what is kept', async () => {
  const vm = await heapOf(
    `local _M = { text = "" }
local copied, mt = {}, { __index = function() end }
function _M.append(more) _M.text = _M.text .. more end
function _M.copy(id)
  local copy = { unpack(copied) }
  copy[#copy + 1] = id
  copied = copy
end
function _M.wrap()
  local before = mt.__index
  mt.__index = function(t, k) return before(t, k) end
end
return _M`,
    'local kept = require("kept") kept.append("a long text that is kept") kept.copy({}) kept.wrap() kept.wrap()',
  )
  expect(told(vm, `${KEPT}.text`, 'set')).toEqual(['kept.lua:3 append'])
  expect(told(vm, `${KEPT}.copy.^copied`, 'set')).toEqual(['kept.lua:7 copy'])
  expect(told(vm, `${KEPT}.wrap.^mt.__index`, 'set')).toEqual(['kept.lua:11 wrap'])
})

test('tells nothing where two ways lead to a line with different tables, or where a register changes in a loop', async () => {
  const vm = await heapOf(
    `local a, b, lists = {}, {}, {}
return {
  either = function(id)
    local to = a
    if id == 1 then to = b end
    to[#to + 1] = {}
  end,
  walk = function()
    local to = a
    for i = 1, 3 do
      to[i] = {}
      to = b
    end
  end,
  of_one_kind = function(key, id)
    local list = lists[key]
    if not list then
      list = {}
      lists[key] = list
    end
    list[#list + 1] = id
  end,
  set_by_another = function()
    local to = a
    local function change() to = b end
    change()
    to[1] = {}
  end,
  while_it_lasts = function(id)
    local list = b
    while #list < id do
      for _, one in pairs(list) do one.seen = true end
      list[#list + 1] = {}
    end
  end,
}`,
    `local kept = require("kept")
    kept.either(1) kept.walk() kept.of_one_kind("one", {}) kept.of_one_kind("two", {}) kept.while_it_lasts(3)`,
  )
  const all = byPath(vm)
  const paths = [...all].filter(([, { add }]) => add?.some(([source]) => vm.sources[source]!.includes('kept.lua')))
  expect(paths.flatMap(([path]) => told(vm, path).map((line) => [path, line]))).toEqual([
    [`${KEPT}.either.^b`, 'kept.lua:33 while_it_lasts'],
    [`${KEPT}.of_one_kind.^lists`, 'kept.lua:19 of_one_kind'],
    [`${KEPT}.of_one_kind.^lists.one`, 'kept.lua:21 of_one_kind'],
    [`${KEPT}.of_one_kind.^lists.two`, 'kept.lua:21 of_one_kind'],
  ])
})

test('tells the same of code that the JIT compiler has patched', async () => {
  const module = `local list = {}
return {
  many = function(n)
    for i = 1, n do
      for _, one in ipairs(list) do if one == n then break end end
      list[i] = i .. "th"
    end
  end,
}`
  const vm = await heapOf(module, 'for i = 1, 300 do require("kept").many(60) end')
  expect(told(vm, `${KEPT}.many.^list`)).toEqual(['kept.lua:6 many'])
})

test('tells nothing of code that has no line numbers', async () => {
  const vm = await heapOf(
    'local list = {}\nreturn loadstring(string.dump(loadstring("local list = ...\\nreturn function(id)\\n  list[id] = {}\\nend"), true))(list)',
    'package.loaded.kept = { put = require("kept") } package.loaded.kept.put("a")',
  )
  expect(byPath(vm).get(`${KEPT}.put.^1`)!.e).toEqual({ '{*}': 1 })
  expect(told(vm, `${KEPT}.put.^1`)).toEqual([])
})
