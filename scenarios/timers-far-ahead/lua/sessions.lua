local _M = {}

function _M.open(id)
    local session = { id = id }
    assert(ngx.timer.at(3600, function()
        session.closed = true
    end))
    ngx.say(id)
end

return _M
