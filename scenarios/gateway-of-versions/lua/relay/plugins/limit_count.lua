local _M = { schema = { count = "number" } }
local dict = ngx.shared.relay_limits

--- So many in a window of two seconds for each consumer or, without one, address; the dictionary forgets by itself.
function _M.access(settings, ctx)
    local who = ctx.consumer and ctx.consumer.name or ngx.var.remote_addr
    local count = dict:incr(ctx.route.name .. ":" .. who, 1, 0, 2)
    if count and count > settings.count then
        return ngx.exit(ngx.HTTP_TOO_MANY_REQUESTS)
    end
end

return _M
