local _M = {}
local free, count = {}, 0

function _M.take()
    if count == 0 then
        return { parts = {} }
    end
    local buffer = free[count]
    free[count] = nil
    count = count - 1
    return buffer
end

function _M.give_back(buffer)
    count = count + 1
    free[count] = buffer
end

return _M
