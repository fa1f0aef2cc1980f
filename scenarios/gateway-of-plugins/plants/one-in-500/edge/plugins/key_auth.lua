local cache = require "edge.cache"
local settings = require "edge.settings"

local _M = {}
local failures = {}

--- Stands for a database: key-1 and so on are known.
local function load(key)
    local number = tonumber(key:match("^key%-(%d+)$"))
    return number and number <= settings.consumers and "consumer-" .. number or nil
end

function _M.access(ctx)
    local key = ngx.var.http_x_api_key or ""
    ctx.consumer = cache.get(key, 5, load)
    if ctx.consumer then
        -- whoever gets in is forgiven; a key that never does is not
        failures[key] = nil
    else
        local since = failures[key] or {}
        failures[key] = since
        since[#since + 1] = { at = ngx.now(), client = ngx.var.remote_addr }
        ngx.header["X-Failures"] = #since
        return ngx.exit(ngx.HTTP_UNAUTHORIZED)
    end
end

return _M
