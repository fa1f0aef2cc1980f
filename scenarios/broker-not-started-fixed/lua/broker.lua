local _M = {}
local queue

function _M.start()
    queue = {}
end

function _M.publish(event)
    queue[1] = event
end

return _M
