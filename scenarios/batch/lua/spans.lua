local _M = {}
local buffer = {}
local batch_size = 10007

function _M.add(id)
    buffer[#buffer + 1] = { id = id }
    if #buffer >= batch_size then
        buffer = {}
    end
    ngx.say(#buffer)
end

return _M
