local auth = require "gateway.auth"
local balancer = require "gateway.balancer"
local health = require "gateway.health"
local limit = require "gateway.limit"
local logger = require "gateway.logger"
local metrics = require "gateway.metrics"
local request_id = require "gateway.request_id"
local router = require "gateway.router"
local transform = require "gateway.transform"

local _M = {}

function _M.init()
    router.load(require("gateway.config").routes)
end

function _M.init_worker()
    health.start()
    logger.start()
end

function _M.rewrite()
    local ctx = ngx.ctx
    ctx.started = ngx.now()
    ctx.request_id = request_id.new()
    local route, rest = router.match(ngx.var.uri)
    if not route then
        return ngx.exit(ngx.HTTP_NOT_FOUND)
    end
    ctx.route = route
    ngx.var.gateway_upstream_path = route.upstream_path .. rest
end

function _M.access()
    local consumer = auth.consumer(ngx.var.http_x_api_key)
    if not consumer then
        return ngx.exit(ngx.HTTP_UNAUTHORIZED)
    end
    ngx.ctx.consumer = consumer
    if not limit.allows(consumer) then
        return ngx.exit(ngx.HTTP_TOO_MANY_REQUESTS)
    end
    balancer.prepare(ngx.ctx, ngx.var.gateway_nodes)
end

function _M.balancer()
    balancer.pick(ngx.ctx)
end

function _M.header_filter()
    ngx.header["X-Request-Id"] = ngx.ctx.request_id
    transform.headers(ngx.ctx)
end

function _M.body_filter()
    transform.body(ngx.ctx)
end

function _M.log()
    metrics.count(ngx.ctx)
    logger.add(ngx.ctx)
end

return _M
