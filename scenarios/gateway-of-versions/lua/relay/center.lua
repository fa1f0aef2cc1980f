local _M = {}
local dict = ngx.shared.relay_center
local known = 0

--- Stands for a config center: what the file declares, at a revision that each start and each change raises.
function _M.load()
    for line in io.lines(ngx.config.prefix() .. "/routes.conf") do
        local name = line:match("^([%w_]+)")
        if name then
            dict:add("route:" .. name, line)
        end
    end
    local revision = dict:incr("revision", 1, 0)
    dict:set("loaded", revision .. " at " .. ngx.time())
end

function _M.put(name, line)
    assert(dict:set("route:" .. name, line))
    return dict:incr("revision", 1)
end

--- The declared lines, by name.
function _M.routes()
    local lines = {}
    for _, key in ipairs(dict:get_keys(1000)) do
        local name = key:match("^route:(.+)$")
        if name then
            lines[name] = dict:get(key)
        end
    end
    return lines
end

--- The revision that this worker serves.
function _M.known()
    return known
end

--- Calls with the routes now, and again whenever there is a new revision.
function _M.watch(callback)
    known = dict:get("revision")
    callback(_M.routes(), known)
    assert(ngx.timer.every(0.02, function()
        local revision = dict:get("revision")
        if revision ~= known then
            known = revision
            callback(_M.routes(), revision)
        end
    end))
end

return _M
