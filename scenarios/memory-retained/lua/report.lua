local _M = {}
local requests = 0

function _M.serve()
    requests = requests + 1
    local rows = {}
    if requests % 1000 == 0 then
        for row = 1, 40000 do
            rows[row] = { row }
        end
    end
    ngx.say(#rows)
end

return _M
