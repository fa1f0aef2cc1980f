-- Which code runs: the line that ran last, its function's name, who called it, and for which request.
local M = ...
local debug, type, pairs, rawget = debug, type, pairs, rawget
local getinfo = debug.getinfo

--- Frames that are told of those who called.
local MOST_FRAMES = 8
local MOST_LEVELS = 60

--- `/srv/lua/demo.lua:5`; the text of a chunk that is in no file is cut as Lua's own messages cut it.
local function place_of(info, line)
  local source = info.source
  local first = source:sub(1, 1)
  return ((first == "@" or first == "=") and source:sub(2) or info.short_src) .. ":" .. line
end

--- Lua's frames of a coroutine (nil: the one that runs) from a level on, without ours.
local function frames_of(co, level)
  local frames = {}
  for at = level, level + MOST_LEVELS do
    local info
    if co then info = getinfo(co, at, "nSlf") else info = getinfo(at, "nSlf") end
    if info == nil or #frames > MOST_FRAMES then break end
    if info.what ~= "C" and info.source ~= M.SOURCE then frames[#frames + 1] = info end
  end
  return frames
end

--- Who called the code that ran last: the frames below its own or, where it has returned, all that are left of its coroutine.
function M.callers(last, co)
  local ran_elsewhere = last.co ~= co
  if ran_elsewhere and type(last.co) ~= "thread" then return {} end
  local frames = frames_of(ran_elsewhere and last.co or nil, ran_elsewhere and 0 or 2)
  local callers = {}
  local from = 1
  for at, info in ipairs(frames) do
    if info.func == last.func then from = at + 1 break end
  end
  for at = from, #frames do callers[#callers + 1] = place_of(frames[at], frames[at].currentline) end
  return callers
end

--- A function's name where the call did not tell it: the field of a loaded module that it is.
local function field_of(func)
  for _, module in pairs(package.loaded) do
    if type(module) == "table" and module ~= _G then
      for name, member in pairs(module) do
        if member == func and type(name) == "string" then return name end
      end
    end
  end
end

--- Who called us: the frames from the nearest that is not ours, its place and its name.
function M.calling()
  local frames = frames_of(nil, 2)
  local first = frames[1]
  if first == nil then return {} end
  local callers = {}
  for at = 2, #frames do callers[#callers + 1] = place_of(frames[at], frames[at].currentline) end
  return callers, place_of(first, first.currentline), first.what ~= "main" and (first.name or field_of(first.func)) or nil
end

function M.place(last)
  local info = getinfo(last.func, "S")
  local name = info.what ~= "main" and (last.name or field_of(last.func)) or nil
  return place_of(info, last.line), name
end

local labels = setmetatable({}, { __mode = "k" })
local runs = 0

--- What the code that runs belongs to: a request, by its connection and its number there, or else one run of its coroutine, which nginx
--- takes again for other timers.
--- @param begins  whether the coroutine is at its beginning
function M.owner(co, begins)
  local known, connection, number = pcall(function() return ngx.var.connection, ngx.var.connection_requests end)
  if known and connection then return connection .. "/" .. (number or "") end
  if begins or labels[co] == nil then
    runs = runs + 1
    labels[co] = "run " .. runs
  end
  return labels[co]
end
