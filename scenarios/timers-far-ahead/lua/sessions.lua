local _M = {}
local requests = 0

function _M.open(id)
    requests = requests + 1
    if requests % 10 == 0 then
        local session = { id = id }
        assert(ngx.timer.at(3600, function()
            session.closed = true
        end))
    end
    ngx.say(id)
end

return _M
