local ffi = require "ffi"

local _M = {}
local pickers = {}
local version = 0

function _M.pick()
    local nodes = { "127.0.0.1", "127.0.0.2" }
    version = version + 1
    local key = tostring(nodes) .. "#" .. version
    local picker = pickers[key]
    if not picker then
        picker = ffi.new("uint32_t[4]", { #nodes, 1, 1, 0 })
        pickers[key] = picker
    end
    ngx.say(nodes[picker[1]])
end

return _M
