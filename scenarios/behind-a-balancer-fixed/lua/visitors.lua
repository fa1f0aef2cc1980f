local _M = {}
local last

function _M.note(address, id)
    last = address .. " " .. id
end

function _M.last()
    return last
end

return _M
