-- What was added by which line. A credit stands as long as what it is for is still there.
local M = ...
local pairs = pairs

--- Credits of one line, by its place.
local function site_of(target, place, name)
  local site = target.sites[place]
  if site == nil then
    site = { place = place, name = name, stacks = {}, credits = {}, amount = 0, owners = {}, requests = 0 }
    target.sites[place] = site
  end
  return site
end

--- @param added  keys of what came, each with its container (absent for objects); nil where only the amount is known
function M.credit(target, place, name, callers, owner, amount, added)
  local site = site_of(target, place, name)
  local stack = table.concat(callers, "\n")
  site.stacks[stack] = (site.stacks[stack] or 0) + 1
  if added == nil then
    site.amount = site.amount + amount
    if not site.owners[owner] then
      site.owners[owner] = true
      site.requests = site.requests + 1
    end
    return
  end
  for _, one in ipairs(added) do
    one.owner = owner
    site.credits[#site.credits + 1] = one
  end
end

--- What is left of a line's credits, and of how many requests.
function M.settle(target, site)
  local left, owners, requests = {}, {}, 0
  for _, one in ipairs(site.credits) do
    if target.kind.is_there(target, one) then
      left[#left + 1] = one
      if one.owner ~= nil and not owners[one.owner] then
        owners[one.owner] = true
        requests = requests + 1
      end
    end
  end
  site.credits = left
  return site.amount + #left, site.requests + requests
end

--- The callers that it was called by most often.
function M.stack_of(site)
  local most, stack = 0, ""
  for text, times in pairs(site.stacks) do
    if times > most then most, stack = times, text end
  end
  return stack
end
