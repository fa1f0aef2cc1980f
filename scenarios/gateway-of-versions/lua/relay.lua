local agent = require "relay.agent"
local center = require "relay.center"
local clients = require "relay.clients"
local errors = require "relay.errors"
local events = require "relay.events"
local metrics = require "relay.metrics"
local nodes = require "relay.nodes"
local plugins = require "relay.plugins"
local pools = require "relay.pools"
local router = require "relay.router"
local tracer = require "relay.tracer"

local _M = {}

function _M.init()
    center.load()
    agent.enable()
end

function _M.init_worker()
    if not agent.init_worker() then
        return
    end
    center.watch(router.build)
    events.subscribe("health", nodes.forget)
    events.start()
end

function _M.access()
    local ctx = pools.fetch("ctx")
    ngx.ctx.relay = ctx
    ctx.client = clients.of(ngx.var.connection)
    ctx.span = tracer.start(ngx.var.uri)
    ctx.params = pools.fetch("params")
    ctx.route = router.match(ngx.var.uri, ctx.params)
    if not ctx.route then
        return ngx.exit(ngx.HTTP_NOT_FOUND)
    end
    plugins.run("access", ctx)
    ctx.node = nodes.pick(ctx.params.id)
end

function _M.balancer()
    local node = ngx.ctx.relay.node
    assert(require("ngx.balancer").set_current_peer(node.host, node.port))
end

function _M.header_filter()
    plugins.run("header_filter", ngx.ctx.relay)
end

function _M.body_filter()
    plugins.run("body_filter", ngx.ctx.relay)
end

--- What the pools lent goes back to them.
function _M.log()
    local ctx = ngx.ctx.relay
    tracer.finish(ctx.span)
    metrics.count(ctx)
    errors.note(ctx)
    plugins.run("log", ctx)
    ngx.ctx.relay = nil
    pools.release("params", ctx.params)
    pools.release("ctx", ctx)
end

return _M
