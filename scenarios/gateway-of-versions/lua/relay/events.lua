local _M = {}
local LASTS = 5
local dict = ngx.shared.relay_events
local callbacks = {}
local seen = 0

function _M.subscribe(topic, callback)
    callbacks[topic] = callbacks[topic] or {}
    table.insert(callbacks[topic], callback)
end

function _M.post(topic)
    local id = dict:incr("last", 1, 0)
    dict:set(id, topic, LASTS)
end

local function poll(premature)
    local last = dict:get("last") or 0
    if premature then
        return
    end
    for id = seen + 1, last do
        for _, callback in ipairs(callbacks[dict:get(id)] or {}) do
            callback()
        end
    end
    seen = last
end

function _M.start()
    seen = dict:get("last") or 0
    assert(ngx.timer.every(0.05, poll))
end

return _M
