local _M = {}
local known = {}

--- Who is at the other end of a connection: worked out at its first request. Nobody says when it ends.
function _M.of(connection)
    local client = known[connection]
    if not client then
        client = { address = ngx.var.remote_addr, since = ngx.now() }
        known[connection] = client
    end
    return client
end

return _M
