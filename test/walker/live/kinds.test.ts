import { expect, test } from 'vitest'
import { byPath, httpVm, objectsAt } from '../paths.js'
import { serve } from '../server.js'

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

test('tells how full a lrucache is, in both of its forms', async () => {
  const vm = await heapAfter(`
    local caches = { table = require("resty.lrucache").new(70), ffi = require("resty.lrucache.pureffi").new(50) }
    for i = 1, 60 do caches.table:set("key " .. i, i) caches.ffi:set("key " .. i, i) end
    package.loaded.caches = caches
    package.loaded.shapes = {
      none = { num_items = 3, size = 10, key_v = {} },
      string = { num_items = 3, max_items = "10" },
      negative = { num_items = -3, max_items = 10 },
    }`)
  const nodes = byPath(vm)
  expect(nodes.get('registry._LOADED.caches.table')?.lru).toEqual([1, 60, 70])
  expect(nodes.get('registry._LOADED.caches.ffi')?.lru).toEqual([1, 50, 50])
  for (const shape of ['none', 'string', 'negative'])
    expect.soft(nodes.get(`registry._LOADED.shapes.${shape}`)?.lru, shape).toBeUndefined()
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

test('a chain of two steps is one path too, and so is a ring that leads back to what was reached before', async () => {
  const vm = await heapAfter(`
    local list = {}
    for i = 1, 1000 do list = { link = { next = list } } end
    package.loaded.list = list
    local ring = {}
    ring.after = { after = { after = { after = ring } } }
    package.loaded.ring = ring`)
  expect(objectsAt(vm, 'registry._LOADED.ring(.after)+', 'table')).toBe(3)
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

const DECLARATIONS = `
  struct tagged { int a; };
  union either { int a; double b; };
  enum colour { red, green };
  typedef struct { int a; } unnamed_t;
  typedef struct tagged *alias_t;
  typedef int (*callback_t)(int);
  typedef int vector_t __attribute__((vector_size(16)));
  struct flexible { int n; char rest[?]; };
  void *malloc(size_t);
  void free(void *);`

test('names the C type of cdata as LuaJIT does', async () => {
  const types = [
    ...['char', 'signed char', 'unsigned char', 'bool', 'int16_t', 'uint16_t', 'int', 'unsigned int', 'int64_t'],
    ...['uint64_t', 'size_t', 'float', 'double', 'complex', 'complex float', 'vector_t', 'enum colour'],
    ...['struct tagged', 'union either', 'alias_t', 'void *', 'const char *', 'const struct tagged *const *'],
    ...['struct tagged **', 'int[4]', 'int[4][3]', 'const char *[5]', 'int (*)[4]', 'int (*[3])[4]', 'volatile int *'],
    ...['callback_t', 'void (*(*)(int))(double)', 'struct tagged[7]', 'callback_t[2]', 'char[?]', 'struct flexible'],
  ]
  await using server = await serve({
    locations: {
      '/make': `
        local ffi = require "ffi"
        ffi.cdef[[${DECLARATIONS}]]
        local made = {}
        package.loaded.made = made
        for i, name in ipairs { ${types.map((type) => `"${type}"`).join(', ')} } do
          local type = ffi.typeof(name)
          local is_flexible = name:find("?", 1, true) or name:find("flexible", 1, true)
          made["t" .. i] = is_flexible and type(3) or type()
          ngx.say(tostring(type):match("^ctype<(.*)>$"))
        end
        made.ctype = ffi.typeof("int")`,
    },
  })
  const names = (await server.get('/make')).trim().split('\n')
  const nodes = byPath(httpVm(await server.runtime.snapshot(server.pid)))
  expect(names).toHaveLength(types.length)
  for (const [index, name] of names.entries()) {
    const node = nodes.get(`registry._LOADED.made.t${index + 1}`)
    expect.soft(node?.ct, types[index]).toEqual([[name, null, 1]])
  }
  expect(nodes.get('registry._LOADED.made.ctype')?.ct).toEqual([['ctype', null, 1]])
})

test('names types without a tag by their typedef, and never by a number', async () => {
  const vm = await heapAfter(`
    local ffi = require "ffi"
    ffi.cdef[[${DECLARATIONS}]]
    package.loaded.made = {
      typedef = ffi.new("unnamed_t"), pointers = ffi.new("unnamed_t *[2]"),
      struct = ffi.new("struct { int a; }"), union = ffi.new("union { int a; }[3]"), enum = ffi.new("enum { one }"),
    }`)
  const nodes = byPath(vm)
  const typeAt = (key: string) => nodes.get(`registry._LOADED.made.${key}`)?.ct?.map(([type]) => type)
  expect(typeAt('typedef')).toEqual(['unnamed_t'])
  expect(typeAt('pointers')).toEqual(['unnamed_t *[2]'])
  expect(typeAt('struct')).toEqual(['struct {...}'])
  expect(typeAt('union')).toEqual(['union {...} [3]'])
  expect(typeAt('enum')).toEqual(['enum {...}'])
})

test('tells what frees cdata, and how many there are of each', async () => {
  const vm = await heapAfter(`
    local ffi = require "ffi"
    ffi.cdef[[${DECLARATIONS}]]
    local made = { mixed = {} }
    package.loaded.made = made
    local with_gc = ffi.metatype("union either", { __gc = assert(loadstring("local made = ...", "=metatype.lua")) })
    local free = ffi.C.free
    local close = assert(loadstring("\\n\\nlocal closed = ... return function(cd) return closed end", "@/srv/app/close.lua"))
    local cast = ffi.cast("void (*)(void *)", free)
    for i = 1, 300 do
      made.mixed[#made.mixed + 1] = ffi.gc(ffi.C.malloc(1), free)
      if i <= 200 then made.mixed[#made.mixed + 1] = ffi.gc(ffi.new("struct tagged"), close({ i })) end
      if i <= 100 then made.mixed[#made.mixed + 1] = ffi.new("struct tagged") end
      if i <= 50 then made.mixed[#made.mixed + 1] = with_gc() end
      if i <= 40 then made.mixed[#made.mixed + 1] = ffi.gc(ffi.new("int[3]"), setmetatable({}, { __call = print })) end
      if i <= 30 then made.mixed[#made.mixed + 1] = ffi.gc(ffi.gc(ffi.new("int[3]"), free), nil) end
      if i <= 20 then made.mixed[#made.mixed + 1] = ffi.gc(ffi.new("int[3]"), type) end
      if i <= 10 then made.mixed[#made.mixed + 1] = ffi.gc(ffi.new("int[4]"), cast) end
      if i <= 5 then made.mixed[#made.mixed + 1] = ffi.gc(ffi.new("int[5]"), ngx.say) end
    end`)
  expect(byPath(vm).get('registry._LOADED.made.mixed[*]')?.ct).toEqual([
    ['void *', 'C function free', 300],
    ['struct tagged', '/srv/app/close.lua:3', 200],
    ['struct tagged', null, 100],
    ['union either', 'metatype.lua:0', 50],
    ['int [3]', 'a table', 40],
    ['int [3]', null, 30],
    ['int [3]', "a function of LuaJIT's", 20],
    ['int [4]', expect.stringMatching(/^C function libc\.so\.6\+0x/), 10],
    ['int [5]', expect.stringMatching(/^C function ngx_http_lua_module\.so\+0x/), 5],
  ])
})

test('100,000 cdata of one type are one entry, and types beyond the 16 with the most objects are taken together', async () => {
  const vm = await heapAfter(`
    local ffi = require "ffi"
    local made = { alike = {}, different = {} }
    package.loaded.made = made
    for i = 1, 100000 do made.alike[i] = ffi.new("int[4]") end
    for size = 1, 20 do
      for i = 1, 30 - size do table.insert(made.different, ffi.new("char[" .. size .. "]")) end
    end`)
  const nodes = byPath(vm)
  expect(nodes.get('registry._LOADED.made.alike[*]')?.ct).toEqual([['int [4]', null, 100_000]])
  expect(nodes.get('registry._LOADED.made.different[*]')?.ct).toEqual([
    ...Array.from({ length: 16 }, (_, index) => [`char [${index + 1}]`, null, 29 - index]),
    ['...', null, 13 + 12 + 11 + 10],
  ])
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
