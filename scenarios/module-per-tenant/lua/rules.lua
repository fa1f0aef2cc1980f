local _M = {}

local function compile(tenant)
    return {
        tenant = tenant,
        limits = { per_second = 10, burst = 20 },
        allows = function(path)
            return path ~= tenant
        end,
    }
end

function _M.of(tenant)
    local name = "rules." .. tenant
    package.loaded[name] = package.loaded[name] or compile(tenant)
    return require(name)
end

return _M
