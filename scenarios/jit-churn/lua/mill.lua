local _M = {}
local functions = {}
local requests = 0

for number = 1, 2000 do
    functions[number] = assert(loadstring("local n = ... local sum = 0 for i = 1, 80 do if (n + i) % 7 == " .. number % 7
        .. " then sum = sum + i else sum = sum - " .. number .. " end end return sum", "=function" .. number))
end

function _M.grind(id)
    requests = requests + 1
    local turn = math.floor(requests / 30) % #functions
    return functions[turn + 1](id)
end

return _M
