local _M = {}
local tenants = {}
local requests = 0

for tenant = 1, 40 do
    tenants["tenant-" .. tenant] = { events = {} }
end

function _M.record()
    requests = requests + 1
    if requests % 500 == 0 then
        local events = tenants["tenant-" .. requests / 500 % 40 + 1].events
        events[#events + 1] = { at = ngx.now() }
    end
    ngx.say("recorded")
end

return _M
