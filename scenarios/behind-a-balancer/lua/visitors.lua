local _M = {}
local seen = {}

function _M.note(address, id)
    seen[#seen + 1] = address .. " " .. id
end

return _M
