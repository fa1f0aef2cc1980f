local _M = {}
local routes = 300

-- Stands for 300 files: handler_1.lua and so on.
table.insert(package.loaders, 2, function(name)
    local number = name:match("^handler_(%d+)$")
    if not number then
        return nil
    end
    return function()
        return { number = tonumber(number), options = { name = name } }
    end
end)

function _M.dispatch()
    local number = math.ceil(routes * math.random() ^ 8)
    return require("handler_" .. math.max(1, number)).number
end

return _M
