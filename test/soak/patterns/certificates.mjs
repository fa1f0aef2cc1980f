import { anyKeys } from '../keys.mjs'

/** Objects of a C library, such as parsed certificates, kept in an lrucache: a finalizer frees each once the cache has thrown it out. */
export const certificates = {
  name: 'certificates',
  draw: (random) => {
    const bytes = random.magnitude(100, 8000)
    return {
      bytes,
      // At most 60 MB of C memory, so that runs can be had side by side.
      size: random.bound(100, Math.min(60_000, Math.floor(60e6 / bytes))),
      keys: anyKeys(random),
    }
  },
  lua: ({ bytes, size }) => `
local ffi = require "ffi"
pcall(ffi.cdef, "void *malloc(size_t size); void free(void *p);")
local cache = assert(require("resty.lrucache").new(${size}))
local _M = {}

function _M.serve(name)
    local certificate = cache:get(name)
    if certificate == nil then
        local parsed = ffi.C.malloc(${bytes})
        ffi.fill(parsed, ${bytes}, 1)
        certificate = { parsed = ffi.gc(parsed, ffi.C.free), name = name }
        cache:set(name, certificate)
    end
    return certificate
end

return _M
`,
}
