local _M = {}
local lookup = {}

function _M.observe(method, user)
    local users = lookup[method]
    if not users then
        users = {}
        lookup[method] = users
    end

    local metric = users[user]
    if not metric then
        metric = { name = 'requests{method="' .. method .. '",user="' .. user .. '"}', count = 0 }
        users[user] = metric
    end

    metric.count = metric.count + 1
    ngx.say(metric.name)
end

return _M
