local config = require("gateway.config").limits

local _M = {}

--- Counts per consumer and second; the dictionary forgets by itself.
function _M.allows(consumer)
    local dict = ngx.shared.gateway_limits
    local count = dict:incr(consumer.key .. ":" .. ngx.time(), 1, 0, 2)
    return not count or count <= config.per_second
end

return _M
