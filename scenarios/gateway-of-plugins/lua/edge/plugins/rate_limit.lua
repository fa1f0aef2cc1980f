local settings = require "edge.settings"

local _M = {}
local dict = ngx.shared.edge_limits

--- Counts by consumer and second; the dictionary forgets by itself.
function _M.access(ctx)
    local count = dict:incr(ctx.consumer .. ":" .. ngx.time(), 1, 0, 2)
    if count and count > settings.requests_per_second then
        return ngx.exit(ngx.HTTP_TOO_MANY_REQUESTS)
    end
end

return _M
