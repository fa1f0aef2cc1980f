local format = string.format

local count = 0

local _M = {}

--- A name for the request that is unique within a worker's life.
function _M.rewrite(ctx)
    count = count + 1
    ctx.id = format("%x-%x", ngx.worker.pid(), count)
end

function _M.header_filter(ctx)
    ngx.header["X-Request-Id"] = ctx.id
end

return _M
