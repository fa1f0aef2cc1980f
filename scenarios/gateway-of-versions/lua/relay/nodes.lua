local lrucache = require "resty.lrucache"
local picker = require "relay.picker"

local _M = {}
local health = ngx.shared.relay_health
local pickers = assert(lrucache.new(10))

--- The configured nodes.
function _M.all()
    local all = {}
    for host, port in os.getenv("RELAY_NODES"):gmatch("([^,:]+):(%d+)") do
        all[#all + 1] = { host = host, port = tonumber(port), name = host .. ":" .. port }
    end
    return all
end

local function healthy()
    local up = {}
    for _, node in ipairs(_M.all()) do
        if health:get(node.name) ~= "down" then
            up[#up + 1] = node
        end
    end
    return #up > 0 and up or _M.all()
end

--- The node for a key, among those that are up.
function _M.pick(key)
    local list = pickers:get("up")
    if not list then
        list = healthy()
        pickers:set("up", list, 1)
    end
    return list[picker.place(key or "", #list)]
end

--- The health of a node changed.
function _M.forget()
    pickers:flush_all()
end

return _M
