local _M = {}
local sent = 0

--- Stands for a log server: counts what it is sent.
function _M.send(_, first, last)
    sent = sent + last - first + 1
end

return _M
