local batch = require "relay.batch"

local _M = { schema = { batch = "number" } }
local BOUND = 2000
local sent = 0
-- the settings of an old version go, and their batches with them
local batches = setmetatable({}, { __mode = "k" })

--- Stands for a log server: counts what it is sent.
local function ship(_, first, last)
    sent = sent + last - first + 1
end

function _M.log(settings, ctx)
    local queue = batches[settings]
    if not queue then
        queue = batch.new(settings.batch, BOUND, ship)
        batches[settings] = queue
    end
    queue:add({ route = ctx.route.name, client = ctx.client, status = ngx.status })
end

return _M
