import { eachNew } from '../keys.mjs'

/** Each request leaves work for later to a timer: how much of it is pending at once depends on how many requests there are in a second. */
export const deferredWork = {
  name: 'deferred-work',
  draw: (random) => ({
    every: random.pick([1, 1, 3, 10]),
    delayS: random.pick([0, 0.01, 0.1, 0.3, 1]),
    keys: eachNew(random),
  }),
  lua: ({ every, delayS }) => `
local done = 0
local _M = {}

local function work(premature, job)
    done = done + #job.key
end

function _M.serve(key)
    if math.random(${every}) == 1 then
        assert(ngx.timer.at(${delayS}, work, { key = key }))
    end
end

return _M
`,
}
