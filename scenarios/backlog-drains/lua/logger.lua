local _M = {}
local queue, last = {}, 0
local flush_after = 1.5

local function flush(premature)
    if premature or (#queue > 0 and ngx.now() - last > flush_after) then
        queue = {}
    end
end

function _M.log(entry)
    queue[#queue + 1] = entry
    last = ngx.now()
end

function _M.start()
    assert(ngx.timer.every(0.1, flush))
end

return _M
