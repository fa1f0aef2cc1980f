-- As lua-resty-ctxdump does it: one more reference to ngx.ctx in ngx_lua's own list, to find it again after ngx.exec.
local _M = {}
local FREE_LIST = 0

local function contexts()
    return debug.getregistry().ngx_lua_ctx_tables
end

function _M.stash()
    local list = contexts()
    local slot = list[FREE_LIST]
    if slot and slot ~= 0 then
        list[FREE_LIST] = list[slot]
    else
        slot = #list + 1
    end
    list[slot] = ngx.ctx
    return slot
end

function _M.fetch(slot)
    slot = tonumber(slot)
    local list = contexts()
    local ctx = list[slot]
    return ctx
end

return _M
