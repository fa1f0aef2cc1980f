local clear = require "table.clear"

local _M = {}
local MOST = 200
local pools = {}

--- A table for a purpose, used before if there is one.
function _M.fetch(purpose)
    local pool = pools[purpose]
    return pool and table.remove(pool) or {}
end

function _M.release(purpose, used)
    local pool = pools[purpose] or {}
    pools[purpose] = pool
    if #pool < MOST then
        clear(used)
        pool[#pool + 1] = used
    end
end

return _M
