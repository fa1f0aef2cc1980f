local ffi = require "ffi"
local lrucache = require "resty.lrucache"

ffi.cdef "void *malloc(size_t size); void free(void *block);"

local _M = { requests = {}, list = {} }

local Registry = {}
Registry.__index = Registry

function Registry:add(id)
    self.size = self.size + 1
    self.members[self.size] = { id = id } -- adds: object
end

_M.registry = setmetatable({ size = 0, members = {} }, Registry)

local inserted = {}
function _M.insert(id)
    table.insert(inserted, id) -- adds: insert
end

local set = {}
function _M.rawset(id)
    rawset(set, id, true) -- adds: rawset
end

_M.fields = {}
function _M.field(id)
    _M.fields[id] = id -- adds: field
end

local entries = {}
function _M.over_lines(id)
    entries[#entries + 1] = { -- adds: lines
        id = id,
        at = ngx.now(),
    }
end

local cache = lrucache.new(1e6)
function _M.lru(id)
    cache:set(id, { id = id }) -- adds: lru
end

local parked = {}
function _M.coroutine()
    local co = coroutine.create(function() coroutine.yield() end)
    coroutine.resume(co)
    parked[#parked + 1] = co -- adds: co
end

function _M.timer()
    return ngx.timer.at(3600, function() end) -- adds: timer
end

local semaphore = require("ngx.semaphore").new(0)
local function wait()
    semaphore:wait(3600)
end
function _M.thread()
    ngx.timer.at(0, function() -- adds: thread
        ngx.thread.spawn(wait) -- adds: one
        ngx.thread.spawn(wait) -- adds: another
    end)
end

local blocks = {}
function _M.cdata()
    local block = ffi.gc(ffi.C.malloc(3000), ffi.C.free) -- adds: cdata
    blocks[#blocks + 1] = block -- adds: cdata kept
    ngx.say("kept")
end

local generated = {}
local code = assert(loadstring("local list, id = ...\nlist[#list + 1] = id\nreturn list"))
function _M.generated(id)
    code(generated, id)
end

local shared, asked = {}, 0
local function note(what)
    shared[#shared + 1] = what -- adds: first share
end
function _M.three_lines()
    asked = asked + 1
    note(asked)
    if asked % 2 == 0 then
        shared[#shared + 1] = "even" -- adds: second share
    end
    if asked % 4 == 0 then
        shared[#shared + 1] = "fourth" -- adds: third share
    end
end

local rare, served = {}, 0
function _M.rarely()
    served = served + 1
    if served % 200 == 0 then
        rare[#rare + 1] = served -- adds: rare
    end
end

local slow = { served = 0 }
function _M.slow()
    ngx.sleep(0.02)
    slow.served = slow.served + 1
    if slow.served % 250 == 0 then
        slow[#slow + 1] = ngx.now() -- adds: slow
    end
end

local queue = {}
function _M.queue(id)
    queue[id] = true
    queue["kept " .. id] = true -- adds: queue
    queue[id] = nil
end

local bodies = {}
function _M.posted()
    if ngx.req.get_method() ~= "POST" then
        return
    end
    ngx.req.read_body()
    bodies[#bodies + 1] = ngx.req.get_body_data() -- adds: post
end

local again = {}
function _M.second()
    if ngx.var.connection_requests ~= "1" then
        again[#again + 1] = ngx.now() -- adds: second
    end
end

local copied = {}
function _M.replaced()
    local copy = { unpack(copied) }
    copy[#copy + 1] = ngx.now()
    copied = copy -- adds: replaced
end

function _M.lost()
    local block = ffi.C.malloc(5000) -- adds: lost
    if not pcall(error, "no memory for the picture") then
        return ngx.say("failed")
    end
    ffi.C.free(block)
end

_M.contexts = {}
function _M.context()
    ngx.ctx.user = { name = "one" }
    _M.contexts[#_M.contexts + 1] = ngx.ctx -- adds: context
end

function _M.anchored_context()
    ngx.ctx.user = { name = "one" }
    local list = debug.getregistry().ngx_lua_ctx_tables
    list[#list + 1] = ngx.ctx -- adds: anchored context
end

local has_buffer, buffer = pcall(require, "string.buffer")
local journal = has_buffer and buffer.new()
function _M.buffer()
    journal:put("one line") -- adds: buffer
    ngx.say("noted")
end

local looked_up = { __index = function() end }
function _M.wrap()
    local before = looked_up.__index
    looked_up.__index = function(values, key) -- adds: wrap
        return before(values, key)
    end
    ngx.say("wrapped")
end
_M.values = setmetatable({}, looked_up)

local quick = {}
function _M.measures_time()
    local began = os.clock()
    local sum = 0
    for index = 1, 100000 do
        sum = sum + index
        sum = sum - 1
    end
    if os.clock() - began < 0.01 then
        quick[#quick + 1] = sum
    end
end

local at_start = {}
for index = 1, 100 do
    at_start[index] = { index }
end
function _M.at_start()
    return #at_start
end

local crowd = {}
for index = 1, 20000 do
    crowd[index] = index
end
function _M.crowd(id)
    for index = 1, 20 do
        id = id .. index
    end
    crowd[#crowd + 1] = id -- adds: crowd
end

local failures = {}
function _M.fail(id)
    failures[#failures + 1] = id -- adds: fail
    error("no such thing")
end

_M.hung_up = {}
function _M.hang()
    ngx.on_abort(function()
        _M.hung_up[#_M.hung_up + 1] = ngx.now() -- adds: abort
        ngx.exit(499)
    end)
    ngx.sleep(10)
end

local logged = {}
function _M.log()
    logged[#logged + 1] = ngx.var.request_uri -- adds: log
end

local filtered = {}
function _M.filter()
    if ngx.arg[2] then
        filtered[#filtered + 1] = ngx.var.request_uri -- adds: filter
    end
end

local greeted = {}
function _M.greet()
    if ngx.var.connection_requests == "1" then
        greeted[#greeted + 1] = ngx.now() -- adds: greet
    end
end

local ticks = {}
function _M.tick()
    ticks[#ticks + 1] = { at = ngx.now() } -- adds: tick
end

local inside, left = 0, {}
function _M.enter()
    inside = inside + 1
end
function _M.leave()
    if inside > 8 then
        inside = inside - 1
        left[#left + 1] = ngx.now() -- adds: leave
    end
end

return _M
