local timers = require "edge.timers"

local _M = {}
local address = nil
local listeners = {}
local last = ""

function _M.subscribe(topic, listener)
    listeners[topic] = listeners[topic] or {}
    table.insert(listeners[topic], listener)
end

local function deliver(topic)
    for _, listener in ipairs(listeners[topic] or {}) do
        listener()
    end
end

--- One subscription, until the broker ends it.
local function receive()
    local socket = ngx.socket.tcp()
    socket:settimeouts(1000, 1000, 3000)
    if not socket:connect(address) then
        return
    end
    socket:send("GET /subscribe?after=" .. last .. " HTTP/1.0\r\nHost: broker\r\n\r\n")
    repeat
        local line = socket:receive("*l")
    until not line or line == ""
    while true do
        local line = socket:receive("*l")
        if not line then
            break
        end
        local id, topic = line:match("^(%d+) (.+)$")
        last = id
        deliver(topic)
    end
    socket:close()
end

function _M.start()
    address = os.getenv("EDGE_EVENTS")
    timers.every(0.1, receive)
end

function _M.publish(topic)
    local socket = ngx.socket.tcp()
    assert(socket:connect(address))
    socket:send("POST /publish HTTP/1.1\r\nHost: broker\r\nContent-Length: " .. #topic .. "\r\n\r\n" .. topic)
    assert(socket:receive("*l"))
    socket:receiveuntil("\r\n\r\n")()
    socket:setkeepalive(1000, 4)
end

return _M
