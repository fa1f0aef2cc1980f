local _M = {}
local count = 0

--- Unique within a worker's life.
function _M.new()
    count = count + 1
    return string.format("%x-%x-%x", ngx.worker.pid(), ngx.now() * 1000, count)
end

return _M
