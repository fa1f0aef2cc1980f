local _M = {}
local notes = {}

function _M.access()
    notes[#notes + 1] = { uri = ngx.var.uri }
end

return _M
