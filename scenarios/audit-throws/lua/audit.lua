local _M = {}
local rows = {}

function _M.record(uri)
    _M.sink.prepare(uri)
    rows[#rows + 1] = { uri = uri }
end

return _M
