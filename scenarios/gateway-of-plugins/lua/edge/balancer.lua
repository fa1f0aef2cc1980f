local balancer = require "ngx.balancer"
local dns = require "edge.dns"

local _M = {}

function _M.prepare(ctx)
    ctx.peer = dns.resolve(ctx.route.service)
end

function _M.pick(ctx)
    if not balancer.get_last_failure() then
        balancer.set_more_tries(1)
    end
    assert(balancer.set_current_peer(ctx.peer.host, ctx.peer.port))
end

return _M
