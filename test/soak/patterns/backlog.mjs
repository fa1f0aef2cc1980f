import { eachNew } from '../keys.mjs'

/** The last so many events, or the first so many that nobody has fetched: a list with a bound, which drops what is too much. */
export const backlog = {
  name: 'backlog',
  draw: (random) => ({
    // Full at the latest in the last confirming round: a bound that no request of a run gets to is to be seen nowhere.
    bound: random.bound(100, 45_000),
    drops: random.pick(['oldest', 'newest']),
    event: random.pick(['key', '{ key = key, at = ngx.now() }', '{ key = key, data = { text = "event of " .. key } }']),
    keys: eachNew(random),
  }),
  lua: ({ bound, drops, event }) => `
local backlog, count = {}, 0
local _M = {}

function _M.serve(key)
${
  drops === 'oldest'
    ? `    backlog[count % ${bound} + 1] = ${event}
    count = count + 1`
    : `    if count < ${bound} then
        count = count + 1
        backlog[count] = ${event}
    end`
}
end

return _M
`,
}
