-- Sessions by cookie: made by a login, and gone with the logout, but for those that are kept.
local M = {}
local sessions, next_id = {}, 0

function M.login()
  next_id = next_id + 1
  local id = "s" .. next_id
  sessions[id] = true
  ngx.header["Set-Cookie"] = "session=" .. id
  ngx.say("in")
end

function M.use()
  if not sessions[ngx.var.cookie_session] then return ngx.exit(401) end
  ngx.say("used")
end

function M.logout()
  if not ngx.var.arg_keep then sessions[ngx.var.cookie_session] = nil end
  ngx.say("out")
end

return M
