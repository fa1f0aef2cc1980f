local ffi = require "ffi"
local C = ffi.C

ffi.cdef [[
    typedef struct pixels pixels;
    pixels *malloc(size_t size);
    void free(pixels *p);
]]

local _M = {}

function _M.make()
    local pixels = C.malloc(500)
    if pixels == nil then
        error("no memory")
    end
    ngx.ctx.pixels = pixels
end

return _M
