local _M = {}
local validators = {}

local function compile(schema)
    return { field = next(schema), checks = {} }
end

function _M.validate(record)
    local schema = { name = "string" }
    local validator = validators[schema]
    if not validator then
        validator = compile(schema)
        validators[schema] = validator
    end
    ngx.say(type(record[validator.field]))
end

return _M
