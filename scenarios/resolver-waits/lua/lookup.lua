local _M = {}
local requests = 0

local function look_up(premature, name)
    if not premature then
        ngx.socket.tcp():connect(name, 80)
    end
end

function _M.serve()
    requests = requests + 1
    if requests % 500 == 0 then
        assert(ngx.timer.at(0, look_up, "host" .. requests .. ".invalid"))
    end
    ngx.say("served")
end

return _M
