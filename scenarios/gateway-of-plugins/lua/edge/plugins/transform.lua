local _M = {}

function _M.header_filter(ctx)
    if ctx.consumer then
        ngx.header.content_length = nil
    end
end

--- Sends a body on in an envelope, once it is whole.
function _M.body_filter(ctx)
    if not ctx.consumer then
        return
    end
    ctx.body = (ctx.body or "") .. ngx.arg[1]
    ngx.arg[1] = nil
    if ngx.arg[2] then
        ngx.arg[1] = '{"data":' .. ctx.body .. "}"
    end
end

return _M
