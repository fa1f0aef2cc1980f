local schema = require "relay.schema"

local _M = {}

--- `name:key=value,key=value name ...` as a list of plugins with their settings.
function _M.configure(text)
    local list = {}
    for name, rest in text:gmatch("([%w_]+):?(%S*)") do
        local settings = {}
        for key, value in rest:gmatch("([%w_]+)=([^,]+)") do
            settings[key] = tonumber(value) or value
        end
        local plugin = require("relay.plugins." .. name)
        assert(schema.check(plugin.schema, settings), name .. ": wrong settings")
        list[#list + 1] = { plugin = plugin, settings = settings }
    end
    return list
end

function _M.run(phase, ctx)
    if not ctx.route then
        return
    end
    for _, entry in ipairs(ctx.route.plugins) do
        local handler = entry.plugin[phase]
        if handler then
            handler(entry.settings, ctx)
        end
    end
end

return _M
