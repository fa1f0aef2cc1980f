local _M = {}

local function reap(premature)
end

function _M.start()
    assert(ngx.timer.at(3600, reap))
end

return _M
