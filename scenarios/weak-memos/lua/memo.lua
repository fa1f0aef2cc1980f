local _M = {}
local user_of = setmetatable({}, { __mode = "k" })
local text_of = setmetatable({}, { __mode = "k" })

function _M.describe(ctx)
    local user = user_of[ctx]
    if not user then
        user = { name = "user of " .. ngx.var.connection_requests }
        user_of[ctx] = user
    end

    local text = text_of[user]
    if not text then
        text = { "Hello", user.name }
        text_of[user] = text
    end
    return table.concat(text, ", ")
end

return _M
