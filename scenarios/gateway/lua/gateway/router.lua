local _M = {}
local routes = {}

function _M.load(configured)
    routes = configured
end

--- The route whose prefix a path has, and what follows the prefix.
function _M.match(path)
    for _, route in ipairs(routes) do
        if path:sub(1, #route.prefix) == route.prefix then
            return route, path:sub(#route.prefix + 1)
        end
    end
end

return _M
