local ffi = require "ffi"

local format = string.format

ffi.cdef [[
    char *strdup(const char *text);
]]

local count = 0

local _M = {}

--- A name for the request that is unique within a worker's life.
function _M.rewrite(ctx)
    count = count + 1
    ctx.id = format("%x-%x", ngx.worker.pid(), count)
end

--- The C side of a tracer takes the name, and whoever copied it has to free it.
function _M.header_filter(ctx)
    if not ctx.id then
        return
    end
    local copy = ffi.C.strdup(ctx.id)
    ngx.header["X-Request-Id"] = ffi.string(copy)
end

return _M
