local _M = {}
local failed = {}

function _M.serve()
    if math.random(1000) == 1 then
        failed[#failed + 1] = { at = ngx.now() }
    end
    ngx.say("served")
end

return _M
