local pool = require "pool"

local _M = {}

--- As a slow collector takes it: most at once, some not for a while.
local function send()
    local buffer = pool.take()
    buffer.parts[1] = "span"
    ngx.sleep(-math.log(1 - math.random()) * 0.05)
    buffer.parts[1] = nil
    pool.give_back(buffer)
end

function _M.span()
    if math.random(20) == 1 then
        assert(ngx.timer.at(0, send))
    end
    ngx.say("exported")
end

return _M
