local lrucache = require "resty.lrucache"

local _M = {}
local dict = ngx.shared.edge_cache
local near = assert(lrucache.new(200))

--- A text by its key: from this worker, from all workers, or from the loader.
function _M.get(key, seconds, loader)
    local value = near:get(key)
    if value then
        return value
    end
    value = dict:get(key)
    if not value then
        value = loader(key)
        if not value then
            return nil
        end
        dict:set(key, value, seconds)
    end
    near:set(key, value, seconds)
    return value
end

return _M
