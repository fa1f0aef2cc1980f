local format = string.format

local served = {}

local _M = {}

--- A name for the request: its number on its connection. Nobody says when a connection ends.
function _M.rewrite(ctx)
    local connection = ngx.var.connection
    served[connection] = (served[connection] or 0) + 1
    ctx.id = format("%s-%x", connection, served[connection])
end

function _M.header_filter(ctx)
    ngx.header["X-Request-Id"] = ctx.id
end

return _M
