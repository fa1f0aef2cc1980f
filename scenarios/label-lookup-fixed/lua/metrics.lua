local _M = {}
local lookup, size = {}, 0
local max_size = 1000

function _M.observe(method, user)
    if size >= max_size then
        lookup, size = {}, 0
    end

    local users = lookup[method]
    if not users then
        users = {}
        lookup[method] = users
    end

    local metric = users[user]
    if not metric then
        metric = { name = 'requests{method="' .. method .. '",user="' .. user .. '"}', count = 0 }
        users[user] = metric
        size = size + 1
    end

    metric.count = metric.count + 1
    ngx.say(metric.name)
end

return _M
