local _M = {}
local dict = ngx.shared.versions
local known = {}

local KEPT = 3

function _M.store()
    local number = dict:incr("latest", 1, 0)
    dict:set("version " .. number, ("r"):rep(100))
    dict:delete("version " .. number - KEPT)
end

function _M.load()
    local latest = dict:get("latest")
    for number = math.max(1, latest - KEPT + 1), latest do
        known[#known + 1] = { number = number, routes = dict:get("version " .. number) }
    end
end

function _M.count()
    return #known
end

return _M
