local _M = {}

for line in io.lines(ngx.config.prefix() .. "/edge.conf") do
    local key, value = line:match("^([%w_]+)%s*=%s*(.-)%s*$")
    if key then
        _M[key] = tonumber(value) or value
    end
end

return _M
