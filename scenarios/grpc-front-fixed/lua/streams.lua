local _M = {}
local streams = {}

function _M.open(id)
    streams[id] = { method = "Get" }
end

function _M.close(id)
    streams[id] = nil
end

return _M
