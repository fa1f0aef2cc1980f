-- Counts in a server that speaks the protocol of redis, which is on the port that the request names.
local M = {}
local answers = {}

local function command(socket, ...)
  local words = { ... }
  local parts = { ("*%d\r\n"):format(#words) }
  for _, word in ipairs(words) do parts[#parts + 1] = ("$%d\r\n%s\r\n"):format(#word, word) end
  assert(socket:send(table.concat(parts)))
  return assert(assert(socket:receive()):match("^:(%d+)"))
end

function M.count()
  local socket = ngx.socket.tcp()
  assert(socket:connect("127.0.0.1", tonumber(ngx.var.arg_port)))
  local answer = command(socket, "INCR", "visits")
  socket:setkeepalive()
  if ngx.var.arg_keep then answers[#answers + 1] = answer end
  ngx.say(answer)
end

return M
