local _M = {}
local memo = {}
local FREE_LIST = 0

local function ref(key)
    local slot = memo[FREE_LIST]
    if slot and slot ~= 0 then
        memo[FREE_LIST] = memo[slot]
    else
        slot = #memo + 1
    end
    memo[slot] = key
    return slot
end

local function unref(slot)
    memo[slot] = memo[FREE_LIST] or 0
    memo[FREE_LIST] = slot
end

function _M.with(key)
    local slot = ref(key)
    local expired = true
    if not expired then
        unref(slot)
    end
    ngx.say(key)
end

return _M
