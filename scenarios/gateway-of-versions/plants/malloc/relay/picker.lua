local ffi = require "ffi"

ffi.cdef [[
    void *malloc(size_t size);
    void free(void *p);
]]

local _M = {}

--- Which of so many nodes a key belongs to: the one whose hash with the key is highest.
function _M.place(key, count)
    local hashes = ffi.cast("uint32_t *", ffi.C.malloc(40 * count))
    if count == 1 then
        return 1
    end
    local place = 1
    for node = 1, count do
        hashes[node - 1] = ngx.crc32_short(key .. "#" .. node)
        if hashes[node - 1] > hashes[place - 1] then
            place = node
        end
    end
    ffi.C.free(hashes)
    return place
end

return _M
