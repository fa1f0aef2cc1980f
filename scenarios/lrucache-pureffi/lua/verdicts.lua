local lrucache = require "resty.lrucache.pureffi"

local _M = {}
local verdicts = assert(lrucache.new(60000))

function _M.of(address)
    local verdict = verdicts:get(address)
    if not verdict then
        verdict = { allowed = true, since = ngx.now() }
        verdicts:set(address, verdict, 300)
    end
    ngx.say(verdict.since)
end

return _M
