local ffi = require "ffi"

ffi.cdef [[
    struct picker { uint32_t count, current, weight, flags; };
]]

local _M = { open = 0 }
local pickers = {}
local version = 0

local function release()
    _M.open = _M.open - 1
end

local picker_t = ffi.metatype("struct picker", { __gc = release })

function _M.pick()
    local nodes = { "127.0.0.1", "127.0.0.2" }
    version = version + 1
    local key = tostring(nodes) .. "#" .. version
    local picker = pickers[key]
    if not picker then
        picker = picker_t(#nodes, 1, 1, 0)
        _M.open = _M.open + 1
        pickers[key] = picker
    end
    ngx.say(nodes[picker.current])
end

return _M
