local lrucache = require "resty.lrucache.pureffi"

local _M = {}
local cache = assert(lrucache.new(50000))

function _M.of(address)
    local verdict = cache:get(address)
    if not verdict then
        verdict = { allowed = true, address = address }
        cache:set(address, verdict, 300)
    end
    ngx.say(verdict.address)
end

return _M
