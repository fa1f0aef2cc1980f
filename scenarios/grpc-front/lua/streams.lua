local _M = {}
local streams = {}

function _M.open(id)
    streams[id] = { method = "Get" }
end

return _M
