-- Entries of a shared dictionary that never expire, credited to who calls the methods that add.
local M = ...
local ZONE = {}
M.KINDS.zone = ZONE

local by_dict = {}

function ZONE.look()
  return 0, nil
end

--- By key: an entry that is gone again was not kept.
function ZONE.is_there(target, one)
  return one.is_kept or M.lasts(target.dict, one.key)
end

--- Whether there is an entry that never expires. ttl() looks without making it the latest used.
function M.lasts(dict, key)
  local ttl = M.ttl(dict, key)
  return ttl ~= nil and ttl <= 0
end

local function credit(target, key, is_kept)
  local callers, place, name = M.calling()
  if place == nil then return end
  target.gained = target.gained + 1
  M.credit(target, place, name, callers, M.owner(coroutine.running() or "main"), 1, { { key = key, is_kept = is_kept } })
end

--- A key that is taken out and comes again adds nothing.
local function finish_set(target, dict, key, was_there, ...)
  local is_there = M.lasts(dict, key)
  if was_there and not is_there then target.removed[key] = true end
  if (...) and is_there and not was_there and not target.removed[key] then credit(target, key) end
  return ...
end

local function finish_push(target, key, ...)
  -- Each value of a list takes memory of its own.
  if (...) then credit(target, key, true) end
  return ...
end

local function wrap(methods)
  M.ttl = methods.ttl
  for _, name in ipairs({ "set", "safe_set", "add", "safe_add", "replace", "incr", "delete" }) do
    local original = methods[name]
    methods[name] = original and function(dict, key, ...)
      local target = by_dict[dict]
      if target == nil or key == nil then return original(dict, key, ...) end
      local text = tostring(key)
      return finish_set(target, dict, text, M.lasts(dict, text), original(dict, key, ...))
    end
  end
  for _, name in ipairs({ "lpush", "rpush" }) do
    local original = methods[name]
    methods[name] = original and function(dict, key, ...)
      local target = by_dict[dict]
      if target == nil or key == nil then return original(dict, key, ...) end
      return finish_push(target, tostring(key), original(dict, key, ...))
    end
  end
end

local is_wrapped = false

function ZONE.start(target)
  local dict = ngx.shared[target.zone]
  local metatable = dict and getmetatable(dict)
  local methods = metatable and metatable.__index
  if type(methods) ~= "table" or not methods.ttl then
    target.fault = "the methods of this dictionary cannot be watched: they need a newer lua-resty-core"
    return
  end
  target.dict, target.removed = dict, {}
  by_dict[dict] = target
  if not is_wrapped then wrap(methods) end
  is_wrapped = true
end
