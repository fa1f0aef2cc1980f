local settings = require "edge.settings"

local _M = {}
local by_phase = {}

--- The plugins that are set, in their order: for each phase those that have a handler for it.
function _M.load()
    for name in settings.plugins:gmatch("[%w_]+") do
        for phase, handler in pairs(require("edge.plugins." .. name)) do
            by_phase[phase] = by_phase[phase] or {}
            table.insert(by_phase[phase], handler)
        end
    end
end

function _M.run(phase, ctx)
    local handlers = by_phase[phase]
    if not handlers then
        return
    end
    for index = 1, #handlers do
        handlers[index](ctx)
    end
end

return _M
