local _M = {}
local templates = {}

for number = 1, 60 do
    templates[number] = assert(loadstring("local n = ... local sum = 0 for i = 1, n % " .. number + 7
        .. " do if (n + i) % " .. number + 2 .. " == 0 then sum = sum + i else sum = sum - " .. number
        .. " end end return sum", "=template" .. number))
end

function _M.grind(id)
    local n = tonumber(id)
    local sum = templates[n % #templates + 1](n)
    for word in tostring(n * n):gmatch("%d%d") do
        sum = sum + templates[tonumber(word) % #templates + 1](n)
    end
    return sum
end

return _M
