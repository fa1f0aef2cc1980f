local balancer = require "ngx.balancer"
local health = require "gateway.health"
local nodes = require "gateway.nodes"

local _M = {}
local turn = 0

--- Round robin over the nodes that are up, or over all where none is.
function _M.pick(ctx)
    if balancer.get_last_failure() then
        health.failed(ctx.node.name)
    elseif #ctx.nodes > 1 then
        balancer.set_more_tries(1)
    end
    local list = ctx.nodes
    for _ = 1, #list do
        turn = turn % #list + 1
        if health.is_up(list[turn].name) then
            break
        end
    end
    ctx.node = list[turn]
    assert(balancer.set_current_peer(ctx.node.host, ctx.node.port))
end

function _M.prepare(ctx, text)
    ctx.nodes = nodes.of(text)
end

return _M
