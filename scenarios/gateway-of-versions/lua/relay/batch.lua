local _M = {}
local mt = { __index = _M }

--- Collects entries and ships them so many at a time, or after a moment; what goes over the bound is dropped.
function _M.new(size, bound, ship)
    return setmetatable({ size = size, bound = bound, ship = ship, entries = {}, dropped = 0 }, mt)
end

local function flush(_, self)
    local entries = self.entries
    self.entries = {}
    self.waits = false
    for first = 1, #entries, self.size do
        self.ship(entries, first, math.min(first + self.size - 1, #entries))
    end
end

function _M:add(entry)
    if #self.entries >= self.bound then
        self.dropped = self.dropped + 1
        return
    end
    self.entries[#self.entries + 1] = entry
    if not self.waits then
        self.waits = true
        ngx.timer.at(0.1, flush, self)
    end
end

return _M
