import { anyKeys } from '../keys.mjs'

/** Requests counted per client in a window, as lua-resty-limit-traffic's limit.count does: a counter expires with its window. */
export const rateLimit = {
  name: 'rate-limit',
  draw: (random) => ({
    windowS: random.seconds(1, 60),
    limit: random.magnitude(10, 10_000),
    zoneMiB: random.int(2, 48),
    keys: anyKeys(random),
  }),
  directives: ({ zoneMiB }) => [`lua_shared_dict limits ${zoneMiB}m;`],
  lua: ({ windowS, limit }) => `
local limits = ngx.shared.limits
local _M = {}

function _M.serve(key)
    local count = limits:incr(key, 1, 0, ${windowS})
    return not count or count <= ${limit}
end

return _M
`,
}
