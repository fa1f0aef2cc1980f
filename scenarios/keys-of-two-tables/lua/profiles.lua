local profiles = assert(require("resty.lrucache").new(7000))
local _M = {}

function _M.of(name)
    local profile = profiles:get(name)
    if not profile then
        profile = { name = name, since = ngx.now() }
        profiles:set(name, profile)
    end
    return profile
end

return _M
