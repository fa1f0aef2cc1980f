local clear = require "table.clear"
local new_tab = require "table.new"

local _M = {}
local MOST = 100
local free = new_tab(MOST, 0)
local count = 0

--- A table for one request, from the pool if there is one.
function _M.fetch()
    if count == 0 then
        return new_tab(0, 12)
    end
    local ctx = free[count]
    free[count] = nil
    count = count - 1
    return ctx
end

function _M.release(ctx)
    if count < MOST then
        clear(ctx)
        count = count + 1
        free[count] = ctx
    end
end

return _M
