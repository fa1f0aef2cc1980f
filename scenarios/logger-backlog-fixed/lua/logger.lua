local _M = {}
local queue, first, last = {}, 1, 0
local max_entries = 1000
_M.dropped = 0

function _M.log(entry)
    last = last + 1
    queue[last] = entry
    if last - first >= max_entries then
        queue[first] = nil
        first = first + 1
        _M.dropped = _M.dropped + 1
    end
end

return _M
