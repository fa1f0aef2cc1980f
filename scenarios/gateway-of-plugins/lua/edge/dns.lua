local lrucache = require "resty.lrucache"

local _M = {}
local answers = assert(lrucache.new(50))

--- Stands for a name server: the address of a name in a table of hosts.
local function ask(name)
    for host, address, port in os.getenv("EDGE_HOSTS"):gmatch("([^,=]+)=([^:,]+):(%d+)") do
        if host == name then
            return { host = address, port = tonumber(port) }
        end
    end
end

function _M.resolve(name)
    local answer = answers:get(name)
    if not answer then
        answer = ask(name)
        answers:set(name, answer, 1)
    end
    return answer
end

return _M
