local _M = {}
local MOST = 5
local recent = {}

--- The last errors, for whoever asks what went wrong.
function _M.note(ctx)
    if ngx.status < 400 or not ctx.route then
        return
    end
    recent[#recent + 1] = { route = ctx.route.name, status = ngx.status, at = ngx.now() }
    if #recent > MOST then
        table.remove(recent, 1)
    end
end

function _M.recent()
    return recent
end

return _M
