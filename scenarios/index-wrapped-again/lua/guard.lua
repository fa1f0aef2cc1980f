local _M = {}
local settings_mt = { __index = function() end }

function _M.protect(name)
    local previous = settings_mt.__index
    settings_mt.__index = function(settings, key)
        if key == name then
            return nil
        end
        return previous(settings, key)
    end
    ngx.say("protected")
end

return _M
