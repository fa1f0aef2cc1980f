local _M = {}

function _M.headers(ctx)
    if ctx.route and ctx.route.envelope then
        ngx.header.content_length = nil
    end
end

--- Collects the chunks of a body, and sends it on in an envelope once it is whole.
function _M.body(ctx)
    if not (ctx.route and ctx.route.envelope) then
        return
    end
    local chunks = ctx.chunks or {}
    ctx.chunks = chunks
    chunks[#chunks + 1] = ngx.arg[1]
    ngx.arg[1] = nil
    if ngx.arg[2] then
        ngx.arg[1] = '{"data":' .. table.concat(chunks) .. "}"
        ctx.chunks = nil
    end
end

return _M
