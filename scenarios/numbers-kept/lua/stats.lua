local _M = {}
local times = {}

function _M.observe(time)
    times[#times + 1] = time
    ngx.say(#times)
end

return _M
