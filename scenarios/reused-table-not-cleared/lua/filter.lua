local _M = {}
local names = {}

function _M.seen(args)
    for name in pairs(args) do
        names[name] = true
    end
    ngx.say("ok")
end

return _M
