local _M = {}
local sessions = setmetatable({}, { __mode = "k" })

function _M.touch(token)
    local session = sessions[token]
    if not session then
        session = { hits = 0 }
        sessions[token] = session
    end
    session.hits = session.hits + 1
    ngx.say(session.hits)
end

return _M
