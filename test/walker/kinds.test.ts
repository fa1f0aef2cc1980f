import { expect, test } from 'vitest'
import { byPath, httpVm, objectsAt } from './paths.js'
import { serve } from './server.js'

async function heapAfter(code: string, http = '') {
  await using server = await serve({ locations: { '/make': `${code} ngx.print("ok")` }, http })
  await server.get('/make')
  return httpVm(await server.runtime.snapshot(server.pid))
}

test('counts objects of every kind where they hang', async () => {
  const vm = await heapAfter(`
    local m = { tables = {}, strings = {}, functions = {}, threads = {}, cdata = {}, buffers = {} }
    package.loaded.kinds = m
    local ffi = require "ffi"
    for i = 1, 500 do
      m.tables[i] = {}
      m.strings["key " .. i] = true
      local v = { i }
      m.functions[i] = function() return v end
      m.threads[i] = coroutine.create(function() coroutine.yield() end)
      m.cdata[i] = ffi.new("char[?]", i)
    end`)
  const nodes = byPath(vm)
  expect(objectsAt(vm, 'registry._LOADED.kinds.tables[*]', 'table')).toBe(500)
  expect(objectsAt(vm, 'registry._LOADED.kinds.strings.<keys>', 'string')).toBe(500)
  expect(nodes.get('registry._LOADED.kinds.strings')?.e).toEqual({ '{*}': 500 })
  expect(objectsAt(vm, 'registry._LOADED.kinds.functions[*]', 'function')).toBe(500)
  expect(objectsAt(vm, 'registry._LOADED.kinds.functions[*].^v', 'upvalue')).toBe(500)
  expect(objectsAt(vm, 'registry._LOADED.kinds.functions[*].^v', 'table')).toBe(500)
  expect(objectsAt(vm, 'registry._LOADED.kinds.threads[*]', 'thread')).toBe(500)
  expect(objectsAt(vm, 'registry._LOADED.kinds.cdata[*]', 'cdata')).toBe(500)
  expect(nodes.get('registry._LOADED.kinds.cdata[*]')?.pay).toBeGreaterThanOrEqual((500 * 501) / 2)
})

test('tells threads with nothing on their stack from those that wait', async () => {
  const vm = await heapAfter(`
    local threads = {}
    for i = 1, 50 do
      threads[i] = coroutine.create(function() if i <= 30 then coroutine.yield() end end)
      coroutine.resume(threads[i])
    end
    package.loaded.threads = threads`)
  expect(byPath(vm).get('registry._LOADED.threads[*]')).toMatchObject({
    o: { thread: [50, expect.any(Number)] },
    idle: 20,
  })
})

test('names keys as they are, and takes many together', async () => {
  const vm = await heapAfter(`
    local many, few = {}, { ["a b"] = {}, [true] = {}, [1.5] = {}, ["q\\"uote"] = {}, ["\\255"] = {}, ["gr\\195\\188n"] = {} }
    few[few] = {} few[print] = {}
    for i = 1, 300 do many["k" .. i] = { "v" .. i } end
    package.loaded.keys = { many = many, few = few }`)
  const nodes = byPath(vm)
  expect(objectsAt(vm, 'registry._LOADED.keys.many{*}', 'table')).toBe(300)
  expect(objectsAt(vm, 'registry._LOADED.keys.many{*}[*]', 'string')).toBe(300)
  for (const step of [
    '["a b"]',
    '[<boolean>]',
    '[*]',
    '["q\\"uote"]',
    '["\\udcff"]',
    '["grün"]',
    '[<table>]',
    '[<function>]',
  ])
    expect.soft(nodes.get(`registry._LOADED.keys.few${step}`)?.o?.table, step).toEqual([1, 64])
})

test('what only a weak table holds is garbage, to the fixpoint', async () => {
  const vm = await heapAfter(`
    collectgarbage() collectgarbage("stop")
    local a, b = setmetatable({}, { __mode = "k" }), setmetatable({}, { __mode = "k" })
    package.loaded.weak = { a = a, b = b, values = setmetatable({}, { __mode = "v" }), anchor = {} }
    local m = package.loaded.weak
    for i = 1, 100 do local k, v = {}, {} a[k] = v b[v] = {} m.values[i] = {} end   -- b's keys live only through a's dead entries
    a[m.anchor] = { "kept" }
    local own = {} b[own] = { own }                                              -- LuaJIT has no ephemerons: never goes
    m.values.text = "strings are values, " .. "never weak"`)
  const nodes = byPath(vm)
  expect(nodes.get('registry._LOADED.weak.a')?.e).toEqual({ '[<table>]': 1 })
  expect(nodes.get('registry._LOADED.weak.b')?.e).toEqual({ '[<table>]': 1 })
  expect(nodes.get('registry._LOADED.weak.values')?.e).toEqual({ '{*}': 1 })
  expect(nodes.get('registry._LOADED.weak.a')?.weak).toBe('k')
  expect(objectsAt(vm, 'registry._LOADED.weak.b[<table>][*]', 'table')).toBe(1)
})

test('a chain of 200,000 closures is one path', async () => {
  const vm = await heapAfter(`
    local f = function() end
    for i = 1, 200000 do local previous = f f = function() return previous() end end
    package.loaded.chain = { last = f }`)
  expect(objectsAt(vm, 'registry._LOADED.chain.last(.^previous)+', 'function')).toBe(200_000)
  expect(vm.nodes.length).toBeLessThan(5000)
})

test('a chain of two steps is one path too', async () => {
  const vm = await heapAfter(`
    local list = {}
    for i = 1, 1000 do list = { link = { next = list } } end
    package.loaded.list = list`)
  const nodes = [...byPath(vm)].filter(([path]) => path.startsWith('registry._LOADED.list'))
  const tables = nodes.reduce((sum, [, node]) => sum + (node.o?.table?.[0] ?? 0), 0)
  expect(tables).toBe(2001)
  expect(nodes.map(([path]) => path)).toContain('registry._LOADED.list(.link.next)+')
  expect(nodes.length).toBeLessThan(10)
})

test('objects that wait for a finalizer are counted apart from other garbage', async () => {
  const vm = await heapAfter(`
    collectgarbage() collectgarbage() collectgarbage("stop")
    local ffi = require "ffi"
    for i = 1, 250 do ffi.gc(ffi.new("int[4]"), function() end) end`)
  expect(vm.finalizable[0]).toBe(250)
})

test('recognises an lrucache and how full it is', async () => {
  const vm = await heapAfter(`
    local cache = require("resty.lrucache").new(200)
    for i = 1, 30 do cache:set("k" .. i, { i }) end
    package.loaded.cached = { cache = cache }`)
  expect(byPath(vm).get('registry._LOADED.cached.cache')?.lru).toEqual([1, 30, 200])
})

test('every VM of a worker is read: code cache off gives each request its own', async () => {
  await using server = await serve({
    locations: { '/sleep': 'mine = { {}, {}, {} } ngx.sleep(5) ngx.print("ok")' },
    http: 'lua_code_cache off;',
  })
  // the runtime switches the code cache on for measurements, so there is one VM, and it is http's
  const { vms } = await server.runtime.snapshot(server.pid)
  expect(vms.map(({ label }) => label)).toEqual(['http'])
})
