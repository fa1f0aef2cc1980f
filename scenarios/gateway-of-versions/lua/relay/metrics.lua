local _M = {}
local dict = ngx.shared.relay_metrics

--- By route and status: what a client can choose is no label.
function _M.count(ctx)
    dict:incr((ctx.route and ctx.route.name or "none") .. ":" .. ngx.status, 1, 0)
end

function _M.show()
    local names = dict:get_keys(1000)
    table.sort(names)
    for _, name in ipairs(names) do
        ngx.say(name, " ", dict:get(name))
    end
end

return _M
