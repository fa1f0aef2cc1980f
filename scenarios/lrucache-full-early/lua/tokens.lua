local lrucache = require "resty.lrucache"

local _M = {}
local cache = assert(lrucache.new(8000))

function _M.check(id)
    local token = cache:get(id)
    if not token then
        token = { id = id, scopes = { "read", "write" } }
        cache:set(id, token, 120)
    end
    ngx.say(token.id)
end

return _M
