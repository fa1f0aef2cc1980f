local plugins = require "relay.plugins"

local _M = {}
local tree = {}

local function insert(root, pattern, route)
    local node = root
    for step in pattern:gmatch("[^/]+") do
        local child = node[step] or {}
        node[step] = child
        node = child
    end
    node.route = route
end

--- A tree with a level for each step of a path, in place of that of the version before.
function _M.build(lines, version)
    local root = {}
    for name, line in pairs(lines) do
        local pattern, settings = line:match("^%S+%s+(%S+)%s*(.*)$")
        insert(root, pattern, { name = name, version = version, plugins = plugins.configure(settings) })
    end
    tree = root
end

--- The route of a path. Steps that a pattern names are put into params.
function _M.match(path, params)
    local node = tree
    for step in path:gmatch("[^/]+") do
        local child = node[step]
        if not child and node["*"] then
            return node["*"].route
        end
        if not child and node[":id"] then
            params.id = step
            child = node[":id"]
        end
        if not child then
            return nil
        end
        node = child
    end
    return node.route
end

return _M
