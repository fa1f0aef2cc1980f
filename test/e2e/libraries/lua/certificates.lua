-- Parsed certificates by name, behind finalizers: what the cache lets go of is freed.
local lrucache = require "resty.lrucache"
local openssl = require "openssl"

local fits = assert(lrucache.new(60000))
local vast = assert(lrucache.new(300000))

local function get(cache, name)
    local parsed = cache:get(name)
    if not parsed then
        parsed = { x509 = openssl.copy() }
        cache:set(name, parsed, 3600)
    end
    return parsed
end

return {
    from_fits = function(name) return get(fits, name) end,
    from_vast = function(name) return get(vast, name) end,
}
