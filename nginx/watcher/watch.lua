-- Looks at what grows before each line of Lua that runs in this VM: what has come since belongs to the line before.
-- LuaJIT's hooks are global to a VM, so one covers every request, timer and light thread; compiled code calls none, so nothing is compiled.
local M = ...
local debug, coroutine, type, pairs, ipairs = debug, coroutine, type, pairs, ipairs
local getinfo, running = debug.getinfo, coroutine.running

--- Seconds between two reports.
local REPORT_S = 0.05
--- A look that comes by more than this is made when a function is entered or left, and at each line only where one is known to add.
local MOST_VISITED = 2000
--- Where Lua runs outside of every coroutine.
local MAIN = "main"
--- CPU time that what runs at a start may take while it is watched, in each process: a server that starts too late serves nobody.
local MOST_START_S = 2
local TOO_SLOW = ("what OpenResty runs at its start took more than %d s with each of its lines watched"):format(MOST_START_S)

local targets = {}
for _, target in ipairs(M.targets) do
  if target.vm == "any" or target.vm == ngx.config.subsystem then targets[#targets + 1] = target end
end

local tick
--- Whether init_by_lua or init_worker_by_lua runs, and is watched.
local is_starting = M.from_init
--- Until the first event of the user's code: the rest of our own line has none.
local is_before_user = is_starting
local was_compiling = jit and jit.status()
local gave_up = false
local begun_s = os.clock()
--- The coroutine of the last report, until other code runs.
local reporting
local last = { co = MAIN }
local is_paused = true
local events = 0

--- Whether the code that ran last waits in ngx.thread.spawn: what runs now is its thread, in a request or in a timer.
local function is_spawning()
  if type(last.co) ~= "thread" then return false end
  local top = getinfo(last.co, 0, "f")
  return top ~= nil and top.func == ngx.thread.spawn
end

--- What was gained belongs to the line that ran last, unless nginx made it: the coroutine that a new request begins with.
local function credit(target, gained, added, co, has_switched)
  if added ~= nil and has_switched and type(co) == "thread" then
    local ours = {}
    for _, one in ipairs(added) do
      if one.object ~= co or M.owner(co) == last.owner or is_spawning() then ours[#ours + 1] = one
      else M.credit(target, "nginx", nil, {}, M.owner(co), 1, { one }) end
    end
    if #ours == 0 then return end
    added, gained = ours, #ours
  end
  if last.func == nil then return M.credit(target, "nginx", nil, {}, M.owner(co), gained, added) end
  local place, name = M.place(last)
  M.credit(target, place, name, M.callers(last, co), has_switched and last.owner or M.owner(co), gained, added)
end

local function look(target, co, func, has_switched, is_silent)
  if target.is_costly and func ~= nil and func == last.func and co == last.co and not target.suspects[func] then
    target.has_skipped = true
    return
  end
  target.visited, target.looks = 0, target.looks + 1
  target.came = target.births and {}
  local gained, added = target.kind.look(target)
  local has_skipped = target.has_skipped
  target.has_skipped = false
  -- A start is not repeated until the line is known; MOST_START_S bounds it.
  if target.visited > MOST_VISITED and not is_starting then target.is_costly = true end
  if is_silent then return end
  if gained < 0 then
    target.lost = target.lost - gained
    if target.kind.takes_back and not has_switched and last.func ~= nil then
      M.credit(target, M.place(last), nil, {}, M.owner(co), gained, nil)
    end
  elseif gained > 0 then
    target.gained = target.gained + gained
    if target.births then gained, added = M.credit_births(target, gained, added) end
    if gained == 0 then return end
    if has_skipped and last.func ~= nil and not target.suspects[last.func] then
      target.suspects[last.func] = true
      target.unplaced = target.unplaced + gained
    else
      credit(target, gained, added, co, has_switched)
    end
  end
end

local function look_at_all(co, func, has_switched, is_silent)
  for _, target in ipairs(targets) do
    if not target.fault then look(target, co, func, has_switched, is_silent) end
    if target.births and target.came and target.came[1] ~= nil then target.births = nil end
  end
end

--- The chunk that nginx has called begins on the line of our own call.
local function begin_chunk()
  local level = 3
  while getinfo(level + 1, "f") do level = level + 1 end
  last = { co = MAIN, func = getinfo(level, "f").func, line = 1, owner = M.owner(MAIN) }
end

--- Lets all that follows run as fast as it does without us; methods of dictionaries tell what they add without it.
local function give_up()
  gave_up = true
  debug.sethook()
  if was_compiling then jit.on() end
  for _, target in ipairs(targets) do
    if target.kind ~= M.KINDS.zone then target.fault = TOO_SLOW end
  end
end

local function on_event(event, line)
  if is_paused then return end
  if is_before_user then
    if getinfo(2, "S").source == M.SOURCE then return end
    is_before_user = false
    begin_chunk()
  end
  if is_starting then M.look_for_births(targets, 2, getinfo(2, "f").func, last) end
  if event == "return" then
    -- What comes after the end of the chunk that nginx has called no line of it makes.
    if running() ~= nil or getinfo(3, "f") ~= nil then return end
    look_at_all(MAIN, nil, true)
    last = { co = MAIN }
    is_paused = true
    return
  end
  local func = getinfo(2, "f").func
  if func == tick then return end
  if reporting then
    -- It has ended, and nginx may take it again for the program's code.
    M.own[reporting] = nil
    reporting = nil
  end
  local co = running() or MAIN
  local has_switched, owner = last.co ~= co, last.owner
  if has_switched or last.func ~= func or line <= last.line then
    -- nginx takes a coroutine, and a chunk, again for another request; what begins is at the bottom of its stack.
    local begins = getinfo(3, "f") == nil
    if begins or has_switched then
      owner = M.owner(co, begins and has_switched)
      has_switched = has_switched or owner ~= last.owner
    end
  end
  look_at_all(co, func, has_switched)
  events = events + 1
  if is_starting and os.clock() - begun_s > MOST_START_S then return give_up() end
  if last.func ~= func or has_switched then last.name = getinfo(2, "n").name end
  last.owner = owner
  last.co, last.func, last.line = co, func, line
end

local function escaped(text)
  return (tostring(text):gsub("[%c%%]", function(char) return ("%%%02x"):format(char:byte()) end))
end

local function record(...)
  local fields = { "resty-leak-watch", ngx.worker.pid(), ngx.config.subsystem, M.seq, ... }
  for index, field in ipairs(fields) do fields[index] = escaped(field) end
  return table.concat(fields, "\t") .. "\n"
end

--- What is known so far, as one text: a process writes it at once, so that lines of several do not mix.
local function report()
  local records = { "\n" }
  for _, target in ipairs(targets) do
    for _, site in pairs(target.sites) do
      local amounts = M.settle(target, site)
      if amounts ~= site.told then
        site.told = amounts
        records[#records + 1] = record("credit", target.id, amounts, site.place, site.name or "", M.stack_of(site))
      end
    end
    if target.fault then records[#records + 1] = record("fault", target.id, target.fault) end
    records[#records + 1] = record("total", target.id, target.gained, target.lost, target.unplaced)
  end
  local is_hooked = gave_up or debug.gethook() == on_event
  local is_compiled = jit and jit.status() and not gave_up
  records[#records + 1] = record("tick", events, is_hooked and 1 or 0, is_compiled and 1 or 0)
  io.stderr:write(table.concat(records))
  M.seq = M.seq + 1
end

--- The coroutine of the next report is there as soon as its timer is set; nothing else has run since the last look.
local function take_own()
  look_at_all(running(), nil, true, true)
  for _, target in ipairs(targets) do
    for _, one in ipairs(target.references and target.added or {}) do
      if type(one.object) == "thread" then M.own[one.object] = true end
    end
  end
end

function tick(premature)
  if premature then return end
  local has_begun = not is_paused
  is_paused = true
  if is_starting then
    is_starting = false
    for _, target in ipairs(targets) do target.births = nil end
    if debug.gethook() == on_event then debug.sethook(on_event, "l") end
  end
  local co = running()
  M.own[co] = true
  if has_begun then look_at_all(co, nil, true) end
  if has_begun then report() end
  ngx.timer.at(REPORT_S, tick)
  take_own()
  reporting = co
  last = { co = MAIN }
  is_paused = false
end

--- Watches from now on. What is there already nobody has added.
local function begin()
  begun_s = os.clock()
  look_at_all(MAIN, nil, true, true)
  last = { co = MAIN }
  is_before_user, is_paused = true, false
end

--- What a process that the master has started does of it.
local function begin_process()
  local role = ngx.worker.id() and "worker" or "other"
  for index = #targets, 1, -1 do
    if targets[index].role ~= role then table.remove(targets, index) end
  end
  M.seq = 1
  if #targets > 0 then ngx.timer.at(0, tick) end
  return #targets > 0
end

--- In a process whose master has watched this VM from its beginning.
function M.go_on()
  if begin_process() then return begin() end
  if debug.gethook() == on_event then give_up() end
end

if ngx.get_phase() == "init" then
  M.seq = 0
  debug.getregistry()[M.KEY] = M
elseif not begin_process() then
  return
end
for _, target in ipairs(targets) do
  target.kind = M.KINDS[target.kind]
  target.sites, target.suspects = {}, setmetatable({}, { __mode = "k" })
  target.looks, target.gained, target.lost, target.unplaced = 0, 0, 0, 0
  target.kind.start(target)
  if is_starting then M.expect_births(target) end
end
local needs_lines = not is_starting
for _, target in ipairs(targets) do needs_lines = needs_lines or target.kind ~= M.KINDS.zone end
if not needs_lines then return give_up() end
if jit then
  jit.off()
  jit.flush()
end
debug.sethook(on_event, is_starting and "lr" or "l")
if is_starting then begin() end
