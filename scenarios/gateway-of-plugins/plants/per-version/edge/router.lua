local events = require "edge.events"
local lrucache = require "resty.lrucache"
local settings = require "edge.settings"

local _M = {}
local matches = assert(lrucache.new(settings.router_cache))
local prefixes = {}
local built = 0

local function longest_first(one, other)
    return #one.prefix > #other.prefix
end

--- Takes the routes of a version in place of those before it.
function _M.build(routes, version)
    local ordered = {}
    for _, route in pairs(routes) do
        ordered[#ordered + 1] = route
    end
    table.sort(ordered, longest_first)
    prefixes = ordered
    built = version
    matches:flush_all()
    -- each version listens for the one that replaces it, and goes on listening
    events.subscribe("routes", function()
        if built ~= version then
            ordered = nil
        end
    end)
end

function _M.version()
    return built
end

function _M.match(method, path)
    local key = method .. " " .. path
    local route = matches:get(key)
    if route then
        return route
    end
    for _, candidate in ipairs(prefixes) do
        if path:sub(1, #candidate.prefix) == candidate.prefix then
            matches:set(key, candidate)
            return candidate
        end
    end
end

return _M
