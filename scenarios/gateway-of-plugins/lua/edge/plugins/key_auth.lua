local cache = require "edge.cache"
local settings = require "edge.settings"

local _M = {}
local failures = 0

--- Stands for a database: key-1 and so on are known.
local function load(key)
    local number = tonumber(key:match("^key%-(%d+)$"))
    return number and number <= settings.consumers and "consumer-" .. number or nil
end

function _M.access(ctx)
    local key = ngx.var.http_x_api_key or ""
    ctx.consumer = cache.get(key, 5, load)
    if not ctx.consumer then
        failures = failures + 1
        ngx.header["X-Failures"] = failures
        return ngx.exit(ngx.HTTP_UNAUTHORIZED)
    end
end

return _M
