local signals = require "signals"

local _M = {}

function _M.order(id)
    local order = { id = id, paid = false }
    signals.connect("paid", function()
        order.paid = true
    end)
    ngx.say("ordered")
end

return _M
