local _M = {}
local foo = {}

function _M.go()
    foo[#foo + 1] = "hello " .. #foo
    ngx.say(#foo)
end

return _M
