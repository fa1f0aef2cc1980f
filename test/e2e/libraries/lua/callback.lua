-- A callback has one of some 900 places in LuaJIT, and keeps its function until callback:free().
local ffi = require "ffi"
local crypto = ffi.load "libcrypto.so.3"

ffi.cdef [[
    typedef int (*compare)(const void *, const void *);
    typedef struct stack_st OPENSSL_STACK;
    OPENSSL_STACK *OPENSSL_sk_new(compare by);
    void OPENSSL_sk_free(OPENSSL_STACK *stack);
]]

return {
    forget = function()
        local compare = ffi.cast("compare", function(one, other) return one < other and -1 or 1 end)
        crypto.OPENSSL_sk_free(crypto.OPENSSL_sk_new(compare))
    end,
}
