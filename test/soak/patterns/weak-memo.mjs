import { eachNew } from '../keys.mjs'

/** What was made for a request's own objects is remembered as long as they live. */
export const weakMemo = {
  name: 'weak-memo',
  draw: (random) => ({ mode: random.pick(['k', 'v', 'kv']), keys: eachNew(random) }),
  lua: ({ mode }) => `
local memo = setmetatable({}, { __mode = "${mode}" })
local _M = {}

function _M.serve(key)
    local config = { name = key }
    ${mode === 'v' ? 'memo[key] = config' : 'memo[config] = { made_for = key }'}
    return memo[config] or config
end

return _M
`,
}
