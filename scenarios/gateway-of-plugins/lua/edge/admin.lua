local events = require "edge.events"
local store = require "edge.store"

local _M = {}

--- PUT /routes/NAME with "PREFIX UPSTREAM_PATH SERVICE".
function _M.route()
    ngx.req.read_body()
    local text = ngx.req.get_body_data() or ""
    if not text:find("^/%S+ /%S+ %S+$") then
        return ngx.exit(ngx.HTTP_BAD_REQUEST)
    end
    local version = store.change(ngx.var.uri:match("([^/]+)$"), text)
    events.publish("routes")
    ngx.say(version)
end

return _M
