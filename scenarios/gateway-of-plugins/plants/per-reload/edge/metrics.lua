local settings = require "edge.settings"
local timers = require "edge.timers"

local _M = {}
local dict = ngx.shared.edge_metrics
local counts = {}

--- Counts within this worker until the next flush.
function _M.count(name)
    counts[name] = (counts[name] or 0) + 1
end

local function flush()
    for name, count in pairs(counts) do
        dict:incr(name, count, 0)
        counts[name] = 0
    end
end

function _M.start()
    dict:set("started:" .. ngx.worker.pid(), ngx.now())
    timers.every(settings.flush_interval, flush)
end

function _M.show()
    local names = dict:get_keys(1000)
    table.sort(names)
    for _, name in ipairs(names) do
        ngx.say(name, " ", dict:get(name))
    end
end

return _M
