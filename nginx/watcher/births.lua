-- What was filled before it came to the path at which it is watched, and by which lines: a module is in no table until its file has run to
-- its end. Looked for while a process starts, in the locals and upvalues of the code that runs, until something has come to the path.
local M = ...
local debug, type, ipairs, pairs = debug, type, ipairs, pairs
local getlocal, getupvalue = debug.getlocal, debug.getupvalue

--- How many of the last steps of a path are taken from a local.
local MOST_STEPS = 4
--- Behind these steps lie many values.
local LEADS_TO_MANY = { each = true, chain = true, stack = true }
--- What a step is taken from, where that is one type.
local TAKEN_FROM = { key = "table", long_key = "table", light_key = "table", upvalue = "function" }

--- From which of its steps on the path of a target may begin at a local: its last steps, and none where the local is what grows.
local function beginnings(steps)
  local first = math.max(1, #steps + 1 - MOST_STEPS)
  for at, step in ipairs(steps) do
    if LEADS_TO_MANY[step[1]] then first = math.max(first, at + 1) end
  end
  return first
end

function M.expect_births(target)
  if target.steps == nil then return end
  target.births = setmetatable({}, { __mode = "k" })
  target.first_step = beginnings(target.steps)
end

local function add_gain(gains, amount, last)
  local newest = gains[#gains]
  if newest and newest.func == last.func and newest.line == last.line then
    newest.amount = newest.amount + amount
    return
  end
  local place, name = M.place(last)
  gains[#gains + 1] = {
    amount = amount, func = last.func, line = last.line, place = place, name = name, callers = M.callers(last, last.co),
  }
end

--- What lines have added to an object since it was met first, and what was there then.
local function note(target, key, value, last)
  local size = target.kind.size(target, value)
  if size == nil then return end
  local birth = target.births[key]
  if birth == nil then
    birth = { size = 0, gains = {}, at = 1, taken = 0 }
    target.births[key] = birth
  end
  birth.value = type(value) == "string" and value or nil
  if size > birth.size and last.func ~= nil then add_gain(birth.gains, size - birth.size, last) end
  birth.size = size
end

local function look_from(target, value, last)
  local kind, steps = type(value), target.steps
  if kind == "nil" or kind == "number" or kind == "boolean" or kind == "string" then return end
  local function found(_, member)
    -- A text is known by what holds it.
    if type(member) == "string" then note(target, value, member, last)
    elseif type(member) ~= "number" and type(member) ~= "boolean" then note(target, member, member, last) end
  end
  for at = target.first_step, #steps + 1 do
    local from = steps[at] and TAKEN_FROM[steps[at][1]]
    if from == nil or from == kind then M.visit(target, value, steps, at, found) end
  end
end

--- @param level  of the function that runs, seen from the caller
--- @param last  the line that ran before
function M.look_for_births(targets, level, func, last)
  for _, target in ipairs(targets) do
    if target.births and not target.fault then
      for index = 1, 250 do
        local name, value = getlocal(level + 1, index)
        if name == nil then break end
        if name:byte() ~= 40 then look_from(target, value, last) end
      end
      for index = 1, 60 do
        local name, value = getupvalue(func, index)
        if name == nil then break end
        look_from(target, value, last)
      end
    end
  end
end

local function next_gain(birth)
  while birth and birth.gains[birth.at] do
    local gain = birth.gains[birth.at]
    if birth.taken < gain.amount then
      birth.taken = birth.taken + 1
      return gain
    end
    birth.at, birth.taken = birth.at + 1, 0
  end
end

local function birth_of(target, value)
  if type(value) ~= "string" then return target.births[value] end
  for _, birth in pairs(target.births) do
    if birth.value == value then return birth end
  end
end

--- Credits what has come to a path at once to the lines that had added it before.
--- @return what is left of it: the line that ran last has added that
function M.credit_births(target, gained, added)
  for _, value in ipairs(target.came) do
    local birth = birth_of(target, value)
    for _, gain in ipairs(added == nil and birth and birth.gains or {}) do
      local amount = math.min(gain.amount, gained)
      if amount > 0 then M.credit(target, gain.place, gain.name, gain.callers, nil, amount, nil) end
      gained = gained - amount
    end
  end
  if added == nil then return gained, nil end
  local left = {}
  for _, one in ipairs(added) do
    local gain = next_gain(target.births[one.container or one.key])
    if gain then M.credit(target, gain.place, gain.name, gain.callers, nil, 1, { one })
    else left[#left + 1] = one end
  end
  return #left, left
end
