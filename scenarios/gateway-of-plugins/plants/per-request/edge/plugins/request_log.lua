local settings = require "edge.settings"
local timers = require "edge.timers"

local _M = {}
local queue = {}
local unacknowledged = {}
local sent = 0

--- Stands for a log server: counts what it is sent.
local function ship(entries, first, last)
    for index = first, last do
        -- they are kept by id, not by consumer
        unacknowledged[entries[index].consumer or ""] = nil
    end
    sent = sent + last - first + 1
end

local function flush()
    while #queue > 0 do
        local last = #queue
        local first = math.max(1, last - settings.log_batch + 1)
        ship(queue, first, last)
        for index = last, first, -1 do
            queue[index] = nil
        end
    end
end

function _M.init_worker()
    timers.every(settings.flush_interval, flush)
end

--- Copies what is to be logged, since the context goes back to its pool. What comes when the queue is full is dropped.
function _M.log(ctx)
    if ctx.route and #queue < settings.log_queue then
        local entry = { id = ctx.id, consumer = ctx.consumer, status = ngx.status }
        queue[#queue + 1] = entry
        unacknowledged[entry.id] = entry
    end
end

return _M
