local _M = {}
local elected = {}

function _M.serve()
    if ngx.worker.id() == 1 then
        elected[#elected + 1] = { at = ngx.now() }
    end
    ngx.say("served")
end

return _M
