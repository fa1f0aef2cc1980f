local _M = {}
local seen = {}

local function look(premature)
    if not premature then
        seen[#seen + 1] = { at = ngx.now() }
    end
end

function _M.start()
    assert(ngx.timer.every(0.01, look))
end

return _M
