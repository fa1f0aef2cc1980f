local _M = {}
local connected = {}

function _M.connect(name, callback)
    local list = connected[name]
    if not list then
        list = {}
        connected[name] = list
    end
    list[#list + 1] = callback
end

function _M.emit(name, ...)
    for _, callback in ipairs(connected[name] or {}) do
        callback(...)
    end
end

return _M
