local semaphore = require "ngx.semaphore"

local _M = {}
local answered = assert(semaphore.new(0))
local requests = 0

local function await_answer(premature)
    if not premature then
        answered:wait(86400)
    end
end

function _M.notify()
    requests = requests + 1
    if requests % 10 == 0 then
        assert(ngx.timer.at(0, await_answer))
    end
    ngx.say("notified")
end

return _M
