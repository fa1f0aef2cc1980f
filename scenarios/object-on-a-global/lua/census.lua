local Census = {}
Census.__index = Census

function Census.new()
    return setmetatable({ met = {}, total = 0 }, Census)
end

function Census:meet(id)
    self.total = self.total + 1
    self.met[self.total] = { id = id }
end

return Census
