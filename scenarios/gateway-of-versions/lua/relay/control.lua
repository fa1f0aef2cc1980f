local center = require "relay.center"

local _M = {}

--- PUT /v1/routes/NAME with a line as in routes.conf. Answers once this worker serves it: who asks next gets what was put.
function _M.route()
    ngx.req.read_body()
    local line = ngx.req.get_body_data() or ""
    local name = ngx.var.uri:match("([^/]+)$")
    if line:match("^(%S+)%s+/%S+") ~= name then
        return ngx.exit(ngx.HTTP_BAD_REQUEST)
    end
    local revision = center.put(name, line)
    while center.known() < revision do
        ngx.sleep(0.005)
    end
    ngx.say(revision)
end

return _M
