local _M = {}
local queue, first, last = {}, 1, 0

local function push(job)
    last = last + 1
    queue[last] = job
end

local function pop()
    local job = queue[first]
    queue[first] = nil
    first = first + 1
    return job
end

for id = 1, 500 do
    push({ id = id })
end

function _M.next()
    local job = pop()
    push({ id = job.id + 500 })
    ngx.say(job.id)
end

return _M
