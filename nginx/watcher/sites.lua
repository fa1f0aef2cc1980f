-- What was added by which line. A credit stands as long as what it is for is still there.
local M = ...
local pairs = pairs

--- Number of the report that tells what is credited now: from 1 on, and 0 in the master, of which each of its processes tells.
M.seq = 1

--- Credits of one line, by its place.
local function site_of(target, place, name)
  local site = target.sites[place]
  if site == nil then
    site = { place = place, name = name, stacks = {}, credits = {}, amounts = {} }
    target.sites[place] = site
  end
  return site
end

--- What is credited between two reports: the amount, and to how many requests.
local function add(amounts, seq, owner, amount)
  local of = amounts[seq]
  if of == nil then
    of = { amount = 0, owners = {}, requests = 0 }
    amounts[seq] = of
  end
  of.amount = of.amount + amount
  if owner ~= nil and not of.owners[owner] then
    of.owners[owner] = true
    of.requests = of.requests + 1
  end
end

--- @param added  what came; nil where only the amount is known
function M.credit(target, place, name, callers, owner, amount, added)
  local site = site_of(target, place, name)
  local stack = table.concat(callers, "\n")
  site.stacks[stack] = (site.stacks[stack] or 0) + 1
  if added == nil then return add(site.amounts, M.seq, owner, amount) end
  for _, one in ipairs(added) do
    one.owner, one.seq = owner, M.seq
    site.credits[#site.credits + 1] = one
  end
end

--- What is left of a line's credits, by the report that told them first: `12:8:8,13:20:20`, each with its amount and requests.
function M.settle(target, site)
  local left, amounts = {}, {}
  for _, one in ipairs(site.credits) do
    if target.kind.is_there(target, one) then
      left[#left + 1] = one
      add(amounts, one.seq, one.owner, 1)
    end
  end
  site.credits = left
  local told = {}
  for _, all in ipairs({ amounts, site.amounts }) do
    for seq, of in pairs(all) do told[#told + 1] = ("%d:%d:%d"):format(seq, of.amount, of.requests) end
  end
  return table.concat(told, ",")
end

--- The callers that it was called by most often.
function M.stack_of(site)
  local most, stack = 0, ""
  for text, times in pairs(site.stacks) do
    if times > most then most, stack = times, text end
  end
  return stack
end
