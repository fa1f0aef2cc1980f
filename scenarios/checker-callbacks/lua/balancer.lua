local events = require "events"

local _M = {}
local checker
local requests = 0

local function new_checker()
    local self = { targets = { { host = "127.0.0.1" }, { host = "127.0.0.2" } } }
    events.subscribe(function(event)
        self.last_event = event
    end)
    return self
end

function _M.balance()
    requests = requests + 1
    if not checker or requests % 10 == 0 then
        checker = new_checker()
    end
    ngx.say(checker.targets[1].host)
end

return _M
