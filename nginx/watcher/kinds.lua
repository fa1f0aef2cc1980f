-- What can be watched at a path of the Lua heap. look(target) tells how much was gained since the last look and, where that is known,
-- what: entries of tables by key, objects by identity, bytes of contents by their sum.
local M = ...
local type, next, pairs, setmetatable = type, next, pairs, setmetatable
local has_nkeys, nkeys = pcall(require, "table.nkeys")

--- Tables with more entries than this are counted, and their entries are not told apart. What is filled at a start is looked at after each
--- of its entries, and all of it belongs to few lines.
local MOST_KEYS = M.from_init and 1000 or 5000

local KINDS = {}

if not has_nkeys then
  function nkeys(container)
    local count = 0
    for _ in next, container do count = count + 1 end
    return count
  end
end

-- Watching must keep nothing alive.
local WEAK = { __mode = "v" }

local function weak_keys()
  return setmetatable({}, { __mode = "k" })
end

--- A kind of growth. `memory` names the field of a target in which it remembers what it met; nil: it remembers nothing.
local function new_kind(name, memory)
  local kind = {}
  KINDS[name] = kind
  function kind.start(target)
    if memory then target[memory] = weak_keys() end
  end
  return kind
end

-- Entries ----------------------------------------------------------------

local ENTRIES = new_kind("entries", "tables")

-- ngx_lua puts its own in place of Lua's, which knows the coroutines of the present request only.
local status = coroutine._status or coroutine.status

--- Whether an entry counts. A table of references, which code in C numbers, keeps free numbers as entries, coroutines that have ended until
--- nginx takes them again, and our own timers.
local function is_counted(target, key, value)
  if target.of ~= "any" and type(key) ~= target.of then return false end
  if not target.references then return true end
  if type(value) == "thread" then return not M.own[value] and status(value) ~= "dead" end
  return type(value) ~= "number"
end

--- What came into a table. Of a key that went and came again only the last credit stands.
local function compare(target, container, known, added)
  local before, keys = known.keys, weak_keys()
  local count = 0
  for key, value in next, container do
    if is_counted(target, key, value) then
      count = count + 1
      local one = before and before[key]
      if not one then
        one = setmetatable({ container = container, key = key, object = value }, WEAK)
        added[#added + 1] = one
      end
      keys[key] = one
    end
  end
  known.keys, known.count = keys, count
end

local function look_into(target, container)
  if type(container) ~= "table" then return end
  local known = target.tables[container]
  local entries = nkeys(container)
  if not has_nkeys then target.visited = target.visited + entries end
  if known == nil then
    known = { entries = 0, count = 0 }
    target.tables[container] = known
    target.is_new = true
    if target.came then target.came[#target.came + 1] = container end
  end
  if known.look == target.looks then return end
  known.look = target.looks
  if known.entries ~= entries or target.references then
    known.entries = entries
    target.visited = target.visited + entries
    if entries > MOST_KEYS then
      known.keys, known.count = nil, entries
    else
      compare(target, container, known, target.added)
    end
  end
  target.total = target.total + known.count
end

function ENTRIES.look(target)
  local before = target.total or 0
  target.total, target.added, target.is_new = 0, {}, false
  M.visit(target, M.root(target), target.steps, 1, look_into)
  local gained, came = target.total - before, #target.added
  -- Where a table takes the place of another, all its entries are new to us and few are to the program.
  if came == 0 or (target.is_new and came ~= gained) then return gained, nil end
  return came, target.added
end

--- Entries of the target's type.
function ENTRIES.size(target, container)
  if type(container) ~= "table" then return nil end
  local entries = nkeys(container)
  if target.of == "any" then return entries end
  if target.of == "number" and debug.getmetatable(container) == nil and #container == entries then return entries end
  local count = 0
  for key in next, container do
    if type(key) == target.of then count = count + 1 end
  end
  return count
end

function ENTRIES.is_there(target, one)
  local container, key = one.container, one.key
  if container == nil or key == nil then return false end
  local known = target.tables[container]
  return known ~= nil and known.look == target.looks and known.keys ~= nil and known.keys[key] == one
end

-- Objects ----------------------------------------------------------------

local OBJECTS = new_kind("objects", "objects")

local function meet(target, value)
  local kind = type(value)
  if kind == "number" or kind == "boolean" or kind == "string" or M.own[value] then return end
  local met = target.objects[value]
  target.objects[value] = target.looks
  if met == target.looks then return end
  target.total = target.total + 1
  if met == nil then
    if target.came then target.came[#target.came + 1] = value end
    target.added[#target.added + 1] = setmetatable({ key = value, object = value }, WEAK)
  end
end

function OBJECTS.look(target)
  local before = target.total or 0
  target.total, target.added = 0, {}
  M.visit(target, M.root(target), target.steps, 1, meet)
  for object, look in pairs(target.objects) do
    if look ~= target.looks then target.objects[object] = nil end
  end
  local gained = target.total - before
  -- Several may come and others go between two looks.
  return #target.added > 0 and math.max(gained, #target.added) or gained, target.added
end

function OBJECTS.size()
  return 1
end

function OBJECTS.is_there(target, one)
  return one.key ~= nil and target.objects[one.key] == target.looks
end

-- Contents ---------------------------------------------------------------

local CONTENTS = new_kind("contents")

local function length_of(value)
  return #value
end

function CONTENTS.size(_, value)
  if type(value) == "string" then return #value end
  if type(value) ~= "userdata" and type(value) ~= "cdata" then return nil end
  local has_length, length = pcall(length_of, value)
  return has_length and type(length) == "number" and length or nil
end

local function measure(target, value)
  if target.came then target.came[#target.came + 1] = value end
  target.total = target.total + (CONTENTS.size(target, value) or 0)
end

function CONTENTS.look(target)
  local before = target.total or 0
  target.total = 0
  M.visit(target, M.root(target), target.steps, 1, measure)
  return target.total - before, nil
end

function CONTENTS.is_there()
  return false
end

function M.root(target)
  if target.root == "globals" then return package.loaded._G end
  return debug.getregistry()
end

M.KINDS = KINDS
