-- A heap of which every number is known; images.test.ts asserts on it. Runs on every LuaJIT since 2.1.0-beta3.
local ffi = require "ffi"

local frozen = {
  tables = {}, strings = {}, keys = {}, functions = {}, threads = {}, cdata = {}, userdata = {},
  lru = { hasht = {}, num_items = 3, max_items = 10 },
  weak = setmetatable({}, { __mode = "k" }),
}
package.loaded.frozen = frozen

for i = 1, 100 do
  frozen.tables[i] = { i }
  frozen.strings[i] = "string " .. i -- 892 bytes
end
for i = 1, 300 do frozen.keys["key " .. i] = i end
for i = 1, 50 do
  local upvalue = { i }
  frozen.functions[i] = function() return upvalue end
end
for i = 1, 20 do
  frozen.threads[i] = coroutine.create(function(a) coroutine.yield(a) end)
  coroutine.resume(frozen.threads[i], {})
  frozen.threads[20 + i] = coroutine.create(function() end)
  coroutine.resume(frozen.threads[20 + i])
end
for i = 1, 30 do frozen.cdata[i] = ffi.new("char[?]", 100) end
for i = 31, 40 do frozen.cdata[i] = ffi.gc(ffi.new("int32_t[4]"), function() end) end
for i = 1, 5 do
  frozen.userdata[i] = newproxy(true)
  getmetatable(frozen.userdata[i]).__gc = function() end
end
local has_buffers, buffer = pcall(require, "string.buffer") -- since 2021
if has_buffers then frozen.buffer = buffer.new():put("twelve bytes") end
for _ = 1, 60 do frozen.weak[{}] = {} end -- gone after a collection

local chain = function() end
for _ = 1, 200 do
  local previous = chain
  chain = function() return previous() end
end
frozen.chain = { last = chain }

-- shared by two: neither holds it alone, both together do
local shared = { ("s"):rep(2000) }
frozen.owners = { a = { shared }, b = { shared }, c = { ("c"):rep(1000) } }

local sum = 0
for i = 1, 1000 do sum = sum + i end -- one trace at least

collectgarbage()
collectgarbage("stop")
for _ = 1, 7 do getmetatable(newproxy(true)).__gc = function() end end -- waits for its finalizer
io.write("ready\n")
io.flush()
io.read("*l")
