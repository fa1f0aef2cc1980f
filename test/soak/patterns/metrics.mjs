import { fewKeys } from '../keys.mjs'

/** Counters and histograms by labels that the application chooses, counted in the worker and added to a dictionary by a timer. */
export const metrics = {
  name: 'metrics',
  draw: (random) => ({
    syncS: random.seconds(0.1, 1.5),
    buckets: random.int(4, 20),
    zoneMiB: random.int(2, 10),
    keys: fewKeys(random),
  }),
  directives: ({ zoneMiB }) => [`lua_shared_dict metrics ${zoneMiB}m;`],
  lua: ({ syncS, buckets }) => `
local metrics = ngx.shared.metrics
local counted, names = {}, {}
local STATUSES = { 200, 204, 301, 404, 429, 500, 502 }
local _M = {}

local function name_of(route, status, bucket)
    local by_status = names[route] or {}
    names[route] = by_status
    local by_bucket = by_status[status] or {}
    by_status[status] = by_bucket
    local name = by_bucket[bucket]
    if not name then
        name = 'seconds_bucket{route="' .. route .. '",status="' .. status .. '",le="' .. bucket .. '"}'
        by_bucket[bucket] = name
    end
    return name
end

local function sync(premature)
    if premature then
        return
    end
    for name, count in pairs(counted) do
        metrics:incr(name, count, 0)
        counted[name] = nil
    end
end

function _M.start()
    assert(ngx.timer.every(${syncS}, sync))
end

function _M.serve(key)
    local route = "route " .. #key
    local name = name_of(route, STATUSES[math.random(#STATUSES)], math.random(${buckets}))
    counted[name] = (counted[name] or 0) + 1
end

return _M
`,
}
