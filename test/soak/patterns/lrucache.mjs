import { anyKeys } from '../keys.mjs'

/** resty.lrucache in both its forms: it holds `size` entries at most, whether a run gets there or not. */
export const lrucache = {
  name: 'lrucache',
  draw: (random) => ({
    module: random.pick(['resty.lrucache', 'resty.lrucache.pureffi']),
    size: random.bound(200, 120_000),
    ttl: random.seconds(0.5, 300),
    value: random.pick([
      'key .. " is known"',
      '{ key = key }',
      '{ key = key, roles = { "reader", key }, since = ngx.now() }',
    ]),
    keys: anyKeys(random),
  }),
  lua: ({ module, size, ttl, value }) => `
local cache = assert(require("${module}").new(${size}))
local _M = {}

function _M.serve(key)
    local known = cache:get(key)
    if known == nil then
        known = ${value}
        cache:set(key, known, ${ttl})
    end
    return known
end

return _M
`,
}
