import { anyKeys } from '../keys.mjs'

/**
 * A cache in two tiers, as lua-resty-mlcache has them: an lrucache per worker before a shared dictionary, a lock for
 * who fetches, misses cached too.
 */
export const tieredCache = {
  name: 'tiered-cache',
  draw: (random) => ({
    size: random.bound(500, 60_000),
    ttl: random.seconds(1, 10),
    zoneMiB: random.int(4, 48),
    missesPerHundred: random.int(0, 40),
    keys: anyKeys(random),
  }),
  directives: ({ zoneMiB }) => [`lua_shared_dict tiered ${zoneMiB}m;`, 'lua_shared_dict tiered_locks 2m;'],
  lua: ({ size, ttl, missesPerHundred }) => `
local tiered, locks = ngx.shared.tiered, ngx.shared.tiered_locks
local near = assert(require("resty.lrucache").new(${size}))
local MISS = {}
local _M = {}

local function fetch(key)
    if math.random(100) <= ${missesPerHundred} then
        return nil
    end
    return "row of " .. key
end

function _M.serve(key)
    local row = near:get(key)
    if row ~= nil then
        return row ~= MISS and row or nil
    end
    row = tiered:get(key)
    if row == nil then
        if not locks:add(key, true, 5) then
            return nil
        end
        row = fetch(key) or false
        tiered:set(key, row, ${ttl})
        locks:delete(key)
    end
    near:set(key, row or MISS, ${ttl})
    return row or nil
end

return _M
`,
}
