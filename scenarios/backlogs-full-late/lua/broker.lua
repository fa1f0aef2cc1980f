local _M = {}
local queues = {
    audit = { bound = 45000 },
    changes = { bound = 60000 },
    metrics = { bound = 92000 },
}

local function publish(queue, event)
    if #queue < queue.bound then
        queue[#queue + 1] = event
    end
end

function _M.published(id)
    publish(queues.audit, { id = id, data = { actor = "user of " .. id } })
    publish(queues.changes, { id = id, data = { fields = { "name", id } } })
    publish(queues.metrics, { id })
    ngx.say("published")
end

return _M
