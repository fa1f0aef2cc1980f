local _M = {}
local dict = ngx.shared.edge_config

--- name = prefix, upstream path, service.
local DECLARED = {
    orders = "/orders/ /v2/orders/ orders.internal",
    users = "/users/ /v1/users/ users.internal",
}

--- The routes that are declared, and those that the admin API changed before a reload.
function _M.load()
    for name, text in pairs(DECLARED) do
        dict:add("route:" .. name, text)
    end
    dict:add("version", 1)
end

function _M.version()
    return dict:get("version")
end

function _M.routes()
    local routes = {}
    for _, key in ipairs(dict:get_keys(1000)) do
        local name = key:match("^route:(.+)$")
        if name then
            local prefix, upstream_path, service = dict:get(key):match("(%S+) (%S+) (%S+)")
            routes[name] = { name = name, prefix = prefix, upstream_path = upstream_path, service = service }
        end
    end
    return routes
end

function _M.change(name, text)
    assert(dict:set("route:" .. name, text))
    return dict:incr("version", 1)
end

return _M
