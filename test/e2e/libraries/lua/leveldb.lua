-- A library in C++: what it makes begins with the address of a vtable.
local ffi = require "ffi"
local leveldb = ffi.load "libleveldb.so.1d"

ffi.cdef [[
    typedef struct leveldb_filterpolicy_t leveldb_filterpolicy_t;
    leveldb_filterpolicy_t *leveldb_filterpolicy_create_bloom(int bits_per_key);
]]

return {
    lose = function() assert(leveldb.leveldb_filterpolicy_create_bloom(10) ~= nil) end,
}
