import { eachNew } from './keys.mjs'

/** Each request, or only one in so many: what a retry, an error path or a cache miss leaves behind. */
const drawn = (random) => ({ every: random.pick([1, 1, 2, 7, 50]), keys: eachNew(random) })

/** A module whose `keep` is called by one request in `every`. */
const moduleOf =
  (declared, keep) =>
  ({ every }) =>
    `
local _M = {}
${declared}

local function keep(key)
    ${keep}
end

function _M.serve(key)
    if math.random(${every}) == 1 then
        keep(key)
    end
end

return _M
`

/** A leak in a Lua container: the path of what grows has `path` in it. */
const plant = (name, path, declared, keep) => ({ name, draw: drawn, lua: moduleOf(declared, keep), path })

/** As patterns are, each with what must be found of it: a part of the path, or a category off the Lua heap. */
export const PLANTS = [
  plant('module-table', 'planted.rows', '_M.rows = {}', '_M.rows[#_M.rows + 1] = { key = key }'),
  plant('upvalue-list', '^rows', 'local rows = {}', 'rows[#rows + 1] = "row of " .. key'),
  plant('cache-without-bound', '^values', 'local values = {}', 'values[key] = values[key] or { value = key }'),
  plant(
    'closure-chain',
    '^handler',
    'local handler = function() end',
    `local previous = handler
    handler = function(last)
        return last and key or previous
    end`,
  ),
  plant('callback-list', '^callbacks', 'local callbacks = {}', 'callbacks[#callbacks + 1] = function() return key end'),
  plant('keys-only', '^seen', 'local seen = {}', 'seen[key] = true'),
  plant('numbers', '^times', 'local times = {}', 'times[#times + 1] = ngx.now()'),
  plant(
    'scratch-not-cleared',
    '^scratch',
    'local scratch = {}',
    `scratch.method = "GET"
    scratch["header of " .. key] = 1`,
  ),
  plant('contexts', '^contexts', 'local contexts = {}', 'ngx.ctx.key = key\n    contexts[#contexts + 1] = ngx.ctx'),
  plant(
    'cdata',
    '^points',
    'local ffi = require "ffi"\nlocal points = {}\nlocal point = ffi.typeof("struct { double x, y; }")',
    'points[#points + 1] = point(#key, ngx.now())',
  ),
  plant(
    'coroutines',
    '^walks',
    'local walks = {}',
    `local walk = coroutine.create(function()
        coroutine.yield(key)
    end)
    coroutine.resume(walk)
    walks[#walks + 1] = walk`,
  ),
  plant(
    'timers-far-ahead',
    'ngx_http_lua_coroutines_key',
    '',
    'assert(ngx.timer.at(86400, function() return key end))',
  ),
  {
    ...plant(
      'waiting-threads',
      'ngx_http_lua_coroutines_key',
      '',
      'assert(ngx.timer.at(0, function() ngx.sleep(86400) return key end))',
    ),
    // Each takes one of nginx's connections for good, and there must be some left for the clients.
    draw: (random) => ({ every: random.int(50, 100), keys: eachNew(random) }),
  },
  plant('text', 'planted.text', '_M.text = ""', '_M.text = _M.text .. "key;"'),
  plant('text-buffer', '^out', 'local out = require("string.buffer").new()', 'out:put("key=", key, ";")'),
  {
    name: 'malloc',
    draw: (random) => ({ ...drawn(random), bytes: random.magnitude(40, 4000) }),
    lua: ({ every, bytes }) =>
      moduleOf(
        'local ffi = require "ffi"\npcall(ffi.cdef, "void *malloc(size_t size); void free(void *p);")',
        `ffi.fill(ffi.C.malloc(${bytes}), ${bytes}, 1)`,
      )({ every }),
    category: 'malloc',
  },
  {
    name: 'zone',
    draw: (random) => ({ ...drawn(random), zoneMiB: random.int(24, 64) }),
    directives: ({ zoneMiB }) => [`lua_shared_dict planted ${zoneMiB}m;`],
    lua: moduleOf('local planted = ngx.shared.planted', 'planted:set(key, true)'),
    category: 'shm',
    zone: 'planted',
  },
]
