local metrics = require "edge.metrics"

local _M = {}

_M.init_worker = metrics.start

--- By route and status: what a client can choose is no label.
function _M.log(ctx)
    metrics.count("requests:" .. (ctx.route and ctx.route.name or "none") .. ":" .. ngx.status)
end

return _M
