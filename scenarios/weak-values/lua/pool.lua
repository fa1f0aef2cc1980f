local _M = {}
local parsed = setmetatable({}, { __mode = "v" })

function _M.parse(id)
    local object = parsed[id]
    if not object then
        object = { id = id }
        parsed[id] = object
    end
    ngx.say(object.id)
end

return _M
