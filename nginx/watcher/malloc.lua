-- Bytes of malloc in use, as glibc counts them over all of its arenas and mappings.
local M = ...
local has_ffi, ffi = pcall(require, "ffi")

local MALLOC = {}
M.KINDS.malloc = MALLOC

-- glibc 2.33 has mallinfo2; before it there is mallinfo, whose numbers are smaller.
local DECLARATIONS = {
  mallinfo2 = "struct resty_leak_info2 { size_t arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost; };"
    .. "struct resty_leak_info2 mallinfo2(void);",
  mallinfo = "struct resty_leak_info { int arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost; };"
    .. "struct resty_leak_info mallinfo(void);",
}

local function reader()
  for _, name in ipairs({ "mallinfo2", "mallinfo" }) do
    local is_there, info = pcall(function()
      ffi.cdef(DECLARATIONS[name])
      local read = ffi.C[name]
      read()
      return read
    end)
    if is_there then return info end
  end
end

function MALLOC.start(target)
  local read = has_ffi and reader()
  if not read then
    target.fault = "this libc does not tell what malloc has in use, as glibc does"
    return
  end
  target.read = read
end

function MALLOC.look(target)
  local info = target.read()
  local before = target.total
  target.total = tonumber(info.uordblks) + tonumber(info.hblkhd)
  return target.total - (before or target.total), nil
end

function MALLOC.is_there()
  return false
end

--- What a line frees again it has not added.
MALLOC.takes_back = true
