local balancer = require "edge.balancer"
local contexts = require "edge.contexts"
local events = require "edge.events"
local plugins = require "edge.plugins"
local router = require "edge.router"
local store = require "edge.store"
local timers = require "edge.timers"

local _M = {}

function _M.init()
    store.load()
    plugins.load()
    router.build(store.routes(), store.version())
end

--- A new version of the routes, which another worker may have been told of.
local function refresh()
    router.build(store.routes(), store.version())
end

function _M.init_worker()
    events.subscribe("routes", refresh)
    events.start()
    plugins.run("init_worker")
    -- what an event that was lost would have brought
    timers.every(1, function()
        if store.version() ~= router.version() then
            refresh()
        end
    end)
end

function _M.rewrite()
    local ctx = contexts.fetch()
    ngx.ctx.edge = ctx
    ctx.started = ngx.now()
    local route = router.match(ngx.req.get_method(), ngx.var.uri)
    if not route then
        return ngx.exit(ngx.HTTP_NOT_FOUND)
    end
    ctx.route = route
    ngx.var.edge_path = route.upstream_path .. ngx.var.uri:sub(#route.prefix + 1)
    plugins.run("rewrite", ctx)
end

function _M.access()
    local ctx = ngx.ctx.edge
    plugins.run("access", ctx)
    balancer.prepare(ctx)
end

function _M.balancer()
    balancer.pick(ngx.ctx.edge)
end

function _M.header_filter()
    plugins.run("header_filter", ngx.ctx.edge)
end

function _M.body_filter()
    plugins.run("body_filter", ngx.ctx.edge)
end

--- The context goes back to the pool: no plugin may keep it.
function _M.log()
    local ctx = ngx.ctx.edge
    plugins.run("log", ctx)
    ngx.ctx.edge = nil
    contexts.release(ctx)
end

return _M
