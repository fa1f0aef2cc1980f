local center = require "relay.center"

local _M = {}

--- PUT /v1/routes/NAME with a line as in routes.conf.
function _M.route()
    ngx.req.read_body()
    local line = ngx.req.get_body_data() or ""
    local name = ngx.var.uri:match("([^/]+)$")
    if line:match("^(%S+)%s+/%S+") ~= name then
        return ngx.exit(ngx.HTTP_BAD_REQUEST)
    end
    ngx.say(center.put(name, line))
end

return _M
