import { fewKeys } from '../keys.mjs'

/** A pool that is as large as the most that was ever in use at once: jobs hold a buffer for a while, and records come ever more rarely. */
export const bufferPool = {
  name: 'buffer-pool',
  draw: (random) => ({ every: random.int(10, 100), heldS: random.seconds(0.01, 0.3), keys: fewKeys(random) }),
  lua: ({ every, heldS }) => `
local pool, free = {}, 0
local _M = {}

local function take()
    if free == 0 then
        return { parts = {}, used = 0 }
    end
    local buffer = pool[free]
    pool[free] = nil
    free = free - 1
    return buffer
end

local function put(buffer)
    buffer.used = buffer.used + 1
    free = free + 1
    pool[free] = buffer
end

local function job(premature)
    local buffer = take()
    ngx.sleep(${heldS} * math.random() * 2)
    put(buffer)
end

function _M.serve()
    if math.random(${every}) == 1 then
        assert(ngx.timer.at(0, job))
    end
end

return _M
`,
}
