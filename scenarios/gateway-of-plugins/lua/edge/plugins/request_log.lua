local settings = require "edge.settings"
local timers = require "edge.timers"

local _M = {}
local queue = {}
local sent = 0

--- Stands for a log server: counts what it is sent.
local function ship(_, first, last)
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
        queue[#queue + 1] = { id = ctx.id, consumer = ctx.consumer, status = ngx.status }
    end
end

return _M
