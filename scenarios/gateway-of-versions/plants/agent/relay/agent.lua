local events = require "relay.events"
local nodes = require "relay.nodes"
local process = require "ngx.process"

local _M = {}
local health = ngx.shared.relay_health
local is_enabled = false
local history = {}

--- A process of its own probes the nodes, where this nginx can start one; where it cannot, the first worker does.
function _M.enable()
    is_enabled = process.enable_privileged_agent(64)
end

local function probe(premature)
    if premature then
        return
    end
    for _, node in ipairs(nodes.all()) do
        local socket = ngx.socket.tcp()
        socket:settimeout(500)
        local state = socket:connect(node.host, node.port) and "up" or "down"
        socket:close()
        history[#history + 1] = { node = node.name, state = state, at = ngx.now() }
        if health:get(node.name) ~= state then
            health:set(node.name, state)
            events.post("health")
        end
    end
end

--- Starts the probes in the process that makes them. False in the agent, which serves no requests.
function _M.init_worker()
    local is_agent = process.type() == "privileged agent"
    if is_agent or (not is_enabled and ngx.worker.id() == 0) then
        assert(ngx.timer.every(0.05, probe))
    end
    return not is_agent
end

return _M
