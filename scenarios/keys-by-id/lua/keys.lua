local ffi = require "ffi"
local C = ffi.C

ffi.cdef [[
    typedef struct public_key public_key;
    public_key *malloc(size_t size);
    void free(void *p);
]]

local _M = {}
local keys = {}
local size = 1000

local function parse(kid)
    local key = C.malloc(size)
    ffi.fill(key, size, #kid)
    return ffi.gc(key, C.free)
end

function _M.get(kid)
    local key = keys[kid]
    if not key then
        key = parse(kid)
        keys[kid] = key
    end
    return key
end

return _M
