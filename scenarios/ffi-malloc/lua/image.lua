local ffi = require "ffi"
local C = ffi.C

ffi.cdef [[
    void *malloc(size_t size);
    void free(void *p);
]]

local _M = {}

function _M.decode()
    local pixels = C.malloc(2000)
    if ffi.cast("uintptr_t", pixels) == 0 then
        C.free(pixels)
    end
end

return _M
