local _M = {}
local settings_mt = { __index = function() end }
local protected = {}

function _M.protect(name)
    local previous = settings_mt.__index
    local guarded = function(settings, key)
        if key == name then
            return nil
        end
        return previous(settings, key)
    end
    if not protected[name] then
        protected[name] = true
        settings_mt.__index = guarded
    end
    ngx.say("protected")
end

return _M
