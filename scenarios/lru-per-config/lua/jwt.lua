local lrucache = require "resty.lrucache"

local _M = {}
local caches = {}
local config, requests = { size = 4 }, 0

function _M.verify(token)
    requests = requests + 1
    if requests % 5 == 0 then
        config = { size = 4 }
    end

    local cache = caches[config]
    if not cache then
        cache = lrucache.new(config.size)
        caches[config] = cache
    end

    if not cache:get(token) then
        cache:set(token, true)
    end
    ngx.say("verified")
end

return _M
