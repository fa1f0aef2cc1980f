local ffi = require "ffi"
local lrucache = require "resty.lrucache"
local C = ffi.C

ffi.cdef [[
    typedef struct public_key public_key;
    public_key *malloc(size_t size);
    void free(void *p);
]]

local _M = {}
local keys = assert(lrucache.new(500))
local size = 1000

local function parse(kid)
    local key = C.malloc(size)
    ffi.fill(key, size, #kid)
    return ffi.gc(key, C.free)
end

function _M.get(kid)
    local key = keys:get(kid)
    if not key then
        key = parse(kid)
        keys:set(kid, key)
    end
    return key
end

return _M
