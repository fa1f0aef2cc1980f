local config = require("gateway.config").health

local _M = {}

--- Failures fade, so that a node is tried again.
local function recover(premature)
    if premature then
        return
    end
    local dict = ngx.shared.gateway_health
    for _, name in ipairs(dict:get_keys(100)) do
        if dict:incr(name, -1) <= 0 then
            dict:delete(name)
        end
    end
end

function _M.start()
    assert(ngx.timer.every(config.recover_every, recover))
end

function _M.failed(name)
    ngx.shared.gateway_health:incr(name, 1, 0)
end

function _M.is_up(name)
    return (ngx.shared.gateway_health:get(name) or 0) < config.failures
end

return _M
