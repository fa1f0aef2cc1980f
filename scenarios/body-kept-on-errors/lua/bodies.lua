local _M = {}
local chunks = {}

function _M.collect(id, chunk)
    chunks[id] = chunks[id] or {}
    table.insert(chunks[id], chunk)
end

function _M.ship(id, status)
    if status >= 400 then
        return
    end
    chunks[id] = nil
end

return _M
