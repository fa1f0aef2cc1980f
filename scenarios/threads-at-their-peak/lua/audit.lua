local _M = {}
local requests, last = 0, 0

local function audit(premature)
    while not premature and ngx.now() - last < 0.2 do
        ngx.sleep(0.1)
    end
end

function _M.record()
    requests = requests + 1
    last = ngx.now()
    if requests % 50 == 0 then
        assert(ngx.timer.at(0, audit))
    end
    ngx.say("recorded")
end

return _M
