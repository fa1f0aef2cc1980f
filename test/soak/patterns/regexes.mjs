import { fewKeys } from '../keys.mjs'

/** Many regular expressions: those with "o" are cached by ngx.re up to its bound, the others compiled each time and freed by their finalizers. */
export const regexes = {
  name: 'regexes',
  draw: (random) => ({
    patterns: random.magnitude(5, 3000),
    flags: random.pick(['jo', 'o', 'ijo', 'j', '']),
    keys: fewKeys(random),
  }),
  lua: ({ patterns, flags }) => `
local _M = {}

function _M.serve(key)
    local pattern = "^user:(" .. math.random(${patterns}) .. "|[0-9]+)$"
    local found = ngx.re.match(key, pattern, "${flags}")
    return found and found[1]
end

return _M
`,
}
