-- What a master leaves behind each time that it loads its code, and what each of its workers begins with.
local ffi = require "ffi"

ffi.cdef "void *malloc(size_t size); void free(void *block);"

local _M = {}

ffi.C.malloc(40000) -- adds: lost
_M.buffer = ffi.gc(ffi.C.malloc(90000), ffi.C.free)

_M.routes = {}
function _M.fill(number)
    for id = 1, 3000 do
        _M.routes[id] = { id = id }
    end
    for id = 1, number do
        _M.routes[#_M.routes + 1] = { id = id } -- adds: routes
    end
end

function _M.made(number)
    local list = {}
    for id = 1, 300 do
        list[id] = { id = id }
    end
    for id = 1, number do
        list[#list + 1] = { id = id } -- adds: made
    end
    return list
end

local names = {}
for id = 1, 200 do
    names[id] = "name " .. id
end
for id = 1, ngx.shared.generations:get("number") do
    names[#names + 1] = "name of generation " .. id -- adds: names
end

function _M.names()
    return names
end

_M.text = ""
for id = 1, ngx.shared.generations:get("number") do
    _M.text = _M.text .. "line of eight\n" -- adds: text
end

-- Each worker of each generation has as many of these.
_M.constant = {}
for id = 1, 100 do
    _M.constant[id] = { id = id }
end

-- A table that is no list, with keys of two types.
local by_id = {}
for id = 1, 50 do
    by_id["name " .. id] = id
end
for id = 1, ngx.shared.generations:get("number") do
    by_id["another " .. id] = id
    by_id[1000 * id] = id -- adds: ids
end

function _M.find(id)
    return by_id[id]
end

local function chain(length)
    local first
    for _ = 1, length do
        first = { before = first } -- adds: chain
    end
    return first
end
_M.last = chain(20 + ngx.shared.generations:get("number"))

return _M
