local consumers = require "gateway.consumers"
local lrucache = require "resty.lrucache"
local config = require("gateway.config").consumers

local _M = {}
local cache = assert(lrucache.new(config.cache_size))

--- The consumer of a key, from the cache or the store.
function _M.consumer(key)
    if not key then
        return nil
    end
    local consumer = cache:get(key)
    if not consumer then
        consumer = consumers.find(key)
        cache:set(key, consumer, config.ttl)
    end
    return consumer
end

return _M
