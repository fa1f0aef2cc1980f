local _M = {}

function _M.access()
    ngx.ctx.limited = false
end

return _M
