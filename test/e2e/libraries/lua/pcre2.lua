local ffi = require "ffi"
local pcre2 = ffi.load "libpcre2-8.so.0"

ffi.cdef [[
    typedef struct pcre2_real_code_8 pcre2_code;
    pcre2_code *pcre2_compile_8(const char *pattern, size_t length, uint32_t options, int *error, size_t *offset, void *context);
]]

local PATTERN = "^/shops/([a-z0-9-]+)/orders/([0-9]+)$"
local failed, offset = ffi.new "int[1]", ffi.new "size_t[1]"

return {
    lose = function() assert(pcre2.pcre2_compile_8(PATTERN, #PATTERN, 0, failed, offset, nil) ~= nil) end,
}
