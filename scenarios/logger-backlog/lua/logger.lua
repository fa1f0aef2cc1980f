local _M = {}
local queue = {}
local sink_is_ready = false

function _M.log(entry)
    queue[#queue + 1] = entry
    if sink_is_ready and #queue >= 100 then
        queue = {}
    end
end

return _M
