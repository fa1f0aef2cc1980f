local _M = {}
local compiled = {}
local templates = 400

local function compile(name)
    return assert(loadstring("local user = ... return 'Hello ' .. user .. ', this is " .. name .. "'", "=" .. name))
end

function _M.render()
    local name = "page" .. math.ceil(templates * math.random() ^ 12)
    local template = compiled[name]
    if not template then
        template = compile(name)
        compiled[name] = template
    end
    return template("you")
end

return _M
