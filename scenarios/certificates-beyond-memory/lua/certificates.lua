local ffi = require "ffi"
local lrucache = require "resty.lrucache"
local C = ffi.C

ffi.cdef [[
    void *malloc(size_t size);
    void free(void *p);
]]

local _M = {}
local cache = assert(lrucache.new(200000))
local size = 3000

local function parse(name)
    local x509 = C.malloc(size)
    ffi.fill(x509, size, #name)
    return { x509 = ffi.gc(x509, C.free) }
end

function _M.get(name)
    local certificate = cache:get(name)
    if not certificate then
        certificate = parse(name)
        cache:set(name, certificate, 3600)
    end
    ngx.say(certificate.x509 ~= nil)
end

return _M
