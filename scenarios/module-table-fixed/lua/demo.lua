local _M = {}
local foo = {}
local bound = 1000
local count = 0

function _M.go()
    foo[count % bound + 1] = "hello " .. count
    count = count + 1
    ngx.say(#foo)
end

return _M
