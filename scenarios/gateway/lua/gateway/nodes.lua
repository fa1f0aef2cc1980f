local lrucache = require "resty.lrucache"

local _M = {}
local parsed = assert(lrucache.new(10))

--- The nodes of `"host:port host:port"`, parsed once.
function _M.of(text)
    local nodes = parsed:get(text)
    if not nodes then
        nodes = {}
        for host, port in text:gmatch("(%S+):(%d+)") do
            nodes[#nodes + 1] = { host = host, port = tonumber(port), name = host .. ":" .. port .. "#" .. #nodes }
        end
        parsed:set(text, nodes)
    end
    return nodes
end

return _M
