local _M = {}
local queue

function _M.start()
    error("cannot listen for events")
    queue = {}
end

function _M.publish(event)
    if queue then
        queue[#queue + 1] = event .. " " .. #queue
    end
end

return _M
