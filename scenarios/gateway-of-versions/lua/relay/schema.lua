local _M = {}
local checked = setmetatable({}, { __mode = "k" })

--- Whether settings are as their plugin wants them. Each table of settings is checked once, and forgotten with its version.
function _M.check(schema, settings)
    if checked[settings] == nil then
        checked[settings] = true
        for key, kind in pairs(schema) do
            checked[settings] = checked[settings] and type(settings[key]) == kind
        end
    end
    return checked[settings]
end

return _M
