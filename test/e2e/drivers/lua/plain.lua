local M = {}
local kept = {}

function M.keep()
  kept[#kept + 1] = "kept " .. #kept
end

function M.serve()
  if ngx.var.arg_keep then M.keep() end
  ngx.say("ok")
end

return M
