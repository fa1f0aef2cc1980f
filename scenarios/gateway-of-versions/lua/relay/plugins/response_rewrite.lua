local _M = { schema = { server = "string" } }

function _M.header_filter(settings, ctx)
    ngx.header["X-Served-By"] = settings.server
    ngx.header["X-Order"] = ctx.params.id
    ngx.header.content_length = nil
end

--- Marks the end of a body.
function _M.body_filter()
    if ngx.arg[2] then
        ngx.arg[1] = (ngx.arg[1] or "") .. "\n"
    end
end

return _M
