local _M = {}

local function item(number)
    return "<li>" .. number .. "</li>"
end

-- One string is made of all items at once.
function _M.joined(count)
    local items = {}
    for number = 1, count do
        items[number] = item(number)
    end
    return table.concat(items)
end

-- Each item makes a new string of all those before it.
function _M.appended(count)
    local list = ""
    for number = 1, count do
        list = list .. item(number)
    end
    return list
end

return _M
