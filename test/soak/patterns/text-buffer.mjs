import { eachNew } from '../keys.mjs'

/** A buffer that requests share and reset: a string.buffer where LuaJIT has them, or else a list of parts. */
export const textBuffer = {
  name: 'text-buffer',
  draw: (random) => ({ parts: random.magnitude(3, 200), keys: eachNew(random) }),
  lua: ({ parts }) => `
local has_buffer, buffer = pcall(require, "string.buffer")
local out = has_buffer and buffer.new()
local list = {}
local _M = {}

function _M.serve(key)
    if out then
        out:reset()
        for _ = 1, math.random(${parts}) do
            out:put(key, ";")
        end
        return out:tostring()
    end
    local count = math.random(${parts})
    for index = 1, count do
        list[index] = key
    end
    return table.concat(list, ";", 1, count)
end

return _M
`,
}
