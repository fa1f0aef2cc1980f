local _M = {}
local sessions = {}
local ttl, sweep_every = 6, 0.5

local function sweep(premature)
    if premature then
        return
    end
    local now = ngx.now()
    for name, session in pairs(sessions) do
        if session.ends < now then
            sessions[name] = nil
        end
    end
end

function _M.start()
    assert(ngx.timer.every(sweep_every, sweep))
end

function _M.open(name)
    local session = sessions[name] or {}
    sessions[name] = session
    session.ends = ngx.now() + ttl
end

return _M
