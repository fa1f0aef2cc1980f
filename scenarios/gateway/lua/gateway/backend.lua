local _M = {}

function _M.answer()
    ngx.header.content_type = "application/json"
    ngx.print('{"path":"', ngx.var.uri, '"}')
end

return _M
