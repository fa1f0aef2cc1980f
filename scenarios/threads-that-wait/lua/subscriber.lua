local semaphore = require "ngx.semaphore"

local _M = {}
local event = assert(semaphore.new(0))
local requests = 0

local function wait_for_event(premature)
    if not premature then
        event:wait(86400)
    end
end

function _M.subscribe()
    requests = requests + 1
    if requests % 10 == 0 then
        assert(ngx.timer.at(0, wait_for_event))
    end
    ngx.say("subscribed")
end

return _M
