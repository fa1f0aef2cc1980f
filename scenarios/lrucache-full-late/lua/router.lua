local lrucache = require "resty.lrucache"

local _M = {}
local cache = assert(lrucache.new(50000))

function _M.match(path)
    local route = cache:get(path)
    if not route then
        route = { path = path, service = "orders" }
        cache:set(path, route, 300)
    end
    ngx.say(route.path)
end

return _M
