-- Answers any call of gRPC with one message of one string field, "hi". Its status is in the trailer.
local M = {}
local calls = {}

function M.serve()
  if ngx.var.uri:find("Keeping", 1, true) then calls[#calls + 1] = "call " .. #calls end
  local message = "\10\2hi"
  ngx.print("\0\0\0\0" .. string.char(#message) .. message)
end

return M
