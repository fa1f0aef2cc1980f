local _M = {}
local sessions = {}
local ttl, sweep_every = 10, 2

local function sweep(premature)
    if premature then
        return
    end
    local now = ngx.now()
    for id, session in pairs(sessions) do
        if session.ends < now then
            sessions[id] = nil
        end
    end
end

function _M.start()
    assert(ngx.timer.every(sweep_every, sweep))
end

function _M.open(id)
    sessions[id] = { ends = ngx.now() + ttl }
    ngx.say("opened")
end

return _M
