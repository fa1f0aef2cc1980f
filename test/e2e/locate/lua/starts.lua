local started = ngx.shared.started
local number = started:incr("number", 1, 0)
started:set("worker " .. number, true)
