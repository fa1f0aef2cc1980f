local _M = {}
local tickets, ready = {}, {}
local ahead, quiet = 200, 1
local issued, asked, last = 0, 0, 0

local function issue()
    issued = issued + 1
    tickets[issued] = { id = issued }
    return issued
end

local function prepare(premature)
    if premature or ngx.now() - last < quiet then
        return
    end
    while #ready < ahead do
        ready[#ready + 1] = issue()
    end
end

function _M.serve()
    last = ngx.now()
    local id = table.remove(ready) or issue()
    asked = asked + 1
    if asked % 50 == 0 then
        return ngx.say("failed")
    end
    tickets[id] = nil
    ngx.say("served by ", id)
end

function _M.start()
    assert(ngx.timer.every(0.05, prepare))
end

return _M
