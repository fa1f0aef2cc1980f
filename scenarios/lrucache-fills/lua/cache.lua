local lrucache = require "resty.lrucache"

local _M = {}
local cache = assert(lrucache.new(100000))

function _M.get(key)
    local value = cache:get(key)
    if not value then
        value = { key = key }
        cache:set(key, value, 60)
    end
    ngx.say(value.key)
end

return _M
