import { eachNew } from '../keys.mjs'

/** Log entries that are shipped together: once there are enough of them, and by a timer what has waited long enough. */
export const batches = {
  name: 'batches',
  draw: (random) => ({ size: random.magnitude(20, 12_000), flushS: random.seconds(0.1, 3), keys: eachNew(random) }),
  lua: ({ size, flushS }) => `
local queue, shipped = {}, 0
local _M = {}

local function ship(premature, batch)
    shipped = shipped + #batch
end

local function flush()
    if #queue > 0 then
        local batch = queue
        queue = {}
        assert(ngx.timer.at(0, ship, batch))
    end
end

function _M.start()
    assert(ngx.timer.every(${flushS}, function(premature)
        if not premature then
            flush()
        end
    end))
end

function _M.serve(key)
    queue[#queue + 1] = { id = key, status = 200, at = ngx.now() }
    if #queue >= ${size} then
        flush()
    end
end

return _M
`,
}
