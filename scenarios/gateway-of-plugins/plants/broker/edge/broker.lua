local _M = {}
local LASTS = 5
local dict = ngx.shared.edge_events
local delivered = {}

--- Takes an event, for all workers.
function _M.publish()
    ngx.req.read_body()
    local id = dict:incr("last", 1, 0)
    dict:set("event:" .. id, ngx.req.get_body_data(), LASTS)
    return ngx.exit(ngx.HTTP_NO_CONTENT)
end

--- Sends a worker a line for each event after the one that it names, or from now on.
-- It asks again after a while, so that an old worker can end.
function _M.subscribe()
    local ends = ngx.now() + LASTS / 2
    local sent = tonumber(ngx.var.arg_after) or dict:get("last") or 0
    ngx.send_headers()
    ngx.flush(true)
    while ngx.now() < ends and not ngx.worker.exiting() do
        for id = sent + 1, dict:get("last") or 0 do
            ngx.say(id, " ", dict:get("event:" .. id) or "lost")
            -- for a worker that asks twice, which none does
            delivered[id] = { at = ngx.now(), worker = ngx.worker.pid() }
            sent = id
        end
        if not ngx.flush(true) then
            return
        end
        ngx.sleep(0.02)
    end
end

return _M
