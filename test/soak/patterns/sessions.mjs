import { eachNew, even } from '../keys.mjs'

/** Sessions in a Lua table: each is touched until it has been idle for some seconds, and a recurring timer sweeps what is over. */
export const sessions = {
  name: 'sessions',
  draw: (random) => ({
    ttl: random.int(5, 100) / 10,
    sweepS: random.seconds(0.2, 2),
    keys: random.pick([eachNew(random), eachNew(random), even(random.magnitude(1000, 50_000))]),
  }),
  lua: ({ ttl, sweepS }) => `
local sessions = {}
local _M = {}

local function sweep(premature)
    if premature then
        return
    end
    local now = ngx.now()
    for id, session in pairs(sessions) do
        if session.until_s < now then
            sessions[id] = nil
        end
    end
end

function _M.start()
    assert(ngx.timer.every(${sweepS}, sweep))
end

function _M.serve(id)
    local session = sessions[id] or { hits = 0 }
    sessions[id] = session
    session.hits = session.hits + 1
    session.until_s = ngx.now() + ${ttl}
end

return _M
`,
}
