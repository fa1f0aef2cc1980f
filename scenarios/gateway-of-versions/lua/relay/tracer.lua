local _M = {}
local finished = 0

function _M.start(name)
    return { name = name, started = ngx.now() }
end

function _M.finish(span)
    span.seconds = ngx.now() - span.started
    finished = finished + 1
end

return _M
