-- What lies at a reference path of this VM. Steps are those of nginx/walker/FORMAT.md, as plugin/locate/steps.ts writes them:
-- a kind and what belongs to it. Nothing is read through metamethods, and nothing is changed.
local M = ...
local debug, rawget, type, pairs = debug, rawget, type, pairs
local getupvalue, getlocal, getinfo = debug.getupvalue, debug.getlocal, debug.getinfo

local STEPS = {}

--- Calls found(target, value) for each value at the path below `value`. `at` is the index of the next step.
local function visit(target, value, steps, at, found)
  target.visited = target.visited + 1
  local step = steps[at]
  if step == nil then return found(target, value) end
  return STEPS[step[1]](target, value, step, steps, at, found)
end

function STEPS.key(target, value, step, steps, at, found)
  if type(value) ~= "table" then return end
  local member = rawget(value, step[2])
  if member ~= nil then visit(target, member, steps, at + 1, found) end
end

--- A key of which the walker has told the beginning and the length only.
function STEPS.long_key(target, value, step, steps, at, found)
  if type(value) ~= "table" then return end
  for key, member in pairs(value) do
    if type(key) == "string" and #key == step[3] and key:sub(1, #step[2]) == step[2] then
      visit(target, member, steps, at + 1, found)
    end
  end
end

function STEPS.upvalue(target, value, step, steps, at, found)
  if type(value) ~= "function" then return end
  -- Functions of one kind have it at one index.
  local name, member = getupvalue(value, step.index or 1)
  if step.index == nil or name ~= step[2] then
    local index = 0
    repeat
      index = index + 1
      name, member = getupvalue(value, index)
    until name == nil or name == step[2] or (name == "" and step[2] == tostring(index))
    if name == nil then return end
    step.index = name ~= "" and index or nil
  end
  if member ~= nil then visit(target, member, steps, at + 1, found) end
end

function STEPS.metatable(target, value, _, steps, at, found)
  local member = debug.getmetatable(value)
  if member ~= nil then visit(target, member, steps, at + 1, found) end
end

function STEPS.env(target, value, _, steps, at, found)
  local kind = type(value)
  if kind ~= "function" and kind ~= "thread" and kind ~= "userdata" then return end
  local member = debug.getfenv(value)
  if member ~= nil then visit(target, member, steps, at + 1, found) end
end

--- What the frames of a coroutine hold: their functions, locals and temporaries. Our own frames are left out.
function STEPS.stack(target, value, _, steps, at, found)
  if type(value) ~= "thread" then return end
  for level = 0, 100 do
    local frame = getinfo(value, level, "Sf")
    if frame == nil then return end
    if frame.source ~= M.SOURCE and frame.func ~= getinfo then
      visit(target, frame.func, steps, at + 1, found)
      for index = 1, 250 do
        local name, member = getlocal(value, level, index)
        if name == nil then break end
        if type(member) ~= "number" and type(member) ~= "string" and member ~= nil then
          visit(target, member, steps, at + 1, found)
        end
      end
    end
  end
end

--- Every value whose key is of one type.
function STEPS.each(target, value, step, steps, at, found)
  if type(value) ~= "table" then return end
  local of = step[2]
  for key, member in pairs(value) do
    if type(key) == of then visit(target, member, steps, at + 1, found) end
  end
end

--- A key of the registry that is the address of a variable of nginx's Lua module. The registry has few entries, and the table that
--- coroutines are anchored in is known by its contents where the variable has no address that FFI can tell.
function STEPS.light_key(target, value, step, steps, at, found)
  if type(value) ~= "table" then return end
  local member = step.key ~= nil and rawget(value, step.key)
  if not member then
    local address = M.address_of(step[2])
    for key, other in pairs(value) do
      if type(key) == "userdata" and M.address(key) == address then step.key, member = key, other end
    end
  end
  if not member and step[2]:find("coroutines_key", 1, true) then
    for key, other in pairs(value) do
      if type(key) == "userdata" and type(other) == "table" and M.holds_thread(other) then step.key, member = key, other end
    end
  end
  if member then visit(target, member, steps, at + 1, found) end
end

--- All links of a chain, however long: what is reached by its steps once, twice and so on.
function STEPS.chain(target, value, step, steps, at, found)
  local reached, open = {}, { value }
  local function link(_, member)
    if reached[member] or #open > M.MOST_LINKS then return end
    reached[member] = true
    open[#open + 1] = member
    visit(target, member, steps, at + 1, found)
  end
  local next_open = 1
  while open[next_open] ~= nil do
    visit(target, open[next_open], step[2], 1, link)
    next_open = next_open + 1
  end
end

M.MOST_LINKS = 100000

function M.holds_thread(value)
  local co = coroutine.running()
  for _, member in pairs(value) do
    if type(member) == "thread" and (co == nil or member == co) then return true end
  end
  return false
end

--- An address as a number, of light userdata and of FFI's pointers alike; ngx_lua keeps 47 bits of its own.
function M.address(value)
  local digits = tostring(value):match("0x(%x+)$")
  return digits and tonumber(digits, 16) % 2 ^ 47
end

--- Address of a variable of nginx's Lua module; nil where FFI cannot find it.
function M.address_of(symbol)
  local has_ffi, ffi = pcall(require, "ffi")
  if not has_ffi then return nil end
  pcall(ffi.cdef, "extern char " .. symbol .. "[];")
  local found, address = pcall(function() return M.address(ffi.cast("void *", ffi.C[symbol])) end)
  return found and address or nil
end

M.visit = visit
