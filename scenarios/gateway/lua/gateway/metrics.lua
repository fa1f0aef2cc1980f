local _M = {}

--- One counter per route and status: labels that a client can choose would grow without a bound.
function _M.count(ctx)
    local route = ctx.route and ctx.route.name or "none"
    local dict = ngx.shared.gateway_metrics
    dict:incr("requests:" .. route .. ":" .. ngx.status, 1, 0)
    dict:incr("seconds:" .. route, ngx.now() - (ctx.started or ngx.now()), 0)
end

function _M.show()
    local dict = ngx.shared.gateway_metrics
    local names = dict:get_keys(1000)
    table.sort(names)
    for _, name in ipairs(names) do
        ngx.say(name, " ", dict:get(name))
    end
end

return _M
