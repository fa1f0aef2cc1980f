-- What is compared with itself, and with differences planted in it.
local _M = {}
local cache, kept, n = {}, {}, 0

function _M.go()
    n = n + 1
    cache["key" .. n % 500] = { n = n % 500 }
    -- in each request
    ngx.say("hello")
end

function _M.work()
    local text = ""
    for i = 1, 1000 do
        text = ngx.md5(text .. i)
    end
    ngx.say(text)
end

return _M
