local _M = {}
local cache = setmetatable({}, { __mode = "k" })

function _M.get(conf)
    local handler = cache[conf]
    if not handler then
        local name = conf.name
        handler = function()
            ngx.say(name)
        end
        cache[conf] = handler
    end
    return handler
end

return _M
