local _M = {}

--- Who is at the other end of a connection.
function _M.of(connection)
    return ngx.var.remote_addr .. "#" .. connection
end

return _M
