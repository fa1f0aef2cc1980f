local config = require("gateway.config").log
local sink = require "gateway.sink"

local _M = {}
local backlog = {}
local size = 0

local function flush(premature)
    while size > 0 and not premature do
        local count = math.min(size, config.batch)
        sink.send(backlog, size - count + 1, size)
        for index = size - count + 1, size do
            backlog[index] = nil
        end
        size = size - count
    end
end

function _M.start()
    assert(ngx.timer.every(config.flush_every, flush))
end

--- Keeps an entry until the next flush; what goes over the backlog is dropped.
function _M.add(ctx)
    if size >= config.backlog then
        return
    end
    size = size + 1
    backlog[size] = {
        id = ctx.request_id,
        consumer = ctx.consumer and ctx.consumer.name,
        route = ctx.route and ctx.route.name,
        status = ngx.status,
    }
end

return _M
