local _M = {}
local dict = ngx.shared.versions
local known = {}

function _M.store()
    local number = dict:incr("latest", 1, 0)
    dict:set("version " .. number, ("r"):rep(100))
end

function _M.load()
    for number = 1, dict:get("latest") do
        known[number] = { number = number, routes = dict:get("version " .. number) }
    end
end

function _M.count()
    return #known
end

return _M
