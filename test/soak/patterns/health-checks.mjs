import { fewKeys } from '../keys.mjs'

/** Health checks: recurring timers, of which one worker at a time holds the lock, states in a dictionary, and of each node the last results. */
export const healthChecks = {
  name: 'health-checks',
  draw: (random) => {
    const everyS = random.seconds(0.02, 0.3)
    return {
      nodes: random.int(3, 60),
      everyS,
      // Full within 1.5 s, during the warm-up: a list that fills by the clock for longer than a run takes cannot be told from one that goes on.
      history: random.int(3, Math.floor(1.5 / everyS)),
      keys: fewKeys(random),
    }
  },
  directives: () => ['lua_shared_dict health 1m;'],
  lua: ({ nodes, everyS, history }) => `
local health = ngx.shared.health
local results = {}
local _M = {}

local function probe(node)
    local list = results[node] or { at = 0 }
    results[node] = list
    list.at = list.at % ${history} + 1
    list[list.at] = { up = math.random(20) > 1, at = ngx.now() }
    health:set("state:" .. node, list[list.at].up)
end

local function check(premature)
    if premature or not health:add("lock", true, ${everyS}) then
        return
    end
    for node = 1, ${nodes} do
        probe(node)
    end
end

function _M.start()
    assert(ngx.timer.every(${everyS}, check))
end

function _M.serve(key)
    health:incr("passive:" .. key, 1, 0, 5)
    return health:get("state:" .. math.random(${nodes}))
end

return _M
`,
}
