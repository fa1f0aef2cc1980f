local lrucache = require "resty.lrucache"

local _M = { schema = {} }
local consumers = assert(lrucache.new(300))

function _M.access(_, ctx)
    local key = ngx.var.http_x_api_key
    if not key then
        return ngx.exit(ngx.HTTP_UNAUTHORIZED)
    end
    local consumer = consumers:get(key)
    if not consumer then
        consumer = { name = "consumer of " .. key }
        consumers:set(key, consumer, 30)
    end
    ctx.consumer = consumer
end

return _M
