-- RFC 6455 as far as a test needs it: messages of a client in one frame of up to 125 bytes, answered as they came.
local bit = require("bit")
local M = {}
local history = {}

local GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
local CLOSE, TEXT = 0x8, 0x1

local function unmasked(data, mask)
  local bytes = {}
  for i = 1, #data do
    bytes[i] = string.char(bit.bxor(data:byte(i), mask:byte((i - 1) % 4 + 1)))
  end
  return table.concat(bytes)
end

local function receive(socket)
  local head = socket:receive(2)
  if not head then return nil end
  local opcode, length = bit.band(head:byte(1), 0x0f), bit.band(head:byte(2), 0x7f)
  local mask = socket:receive(4)
  local data = length > 0 and socket:receive(length) or ""
  if not mask or not data then return nil end
  return opcode, unmasked(data, mask)
end

local function send(socket, opcode, text)
  return socket:send(string.char(0x80 + opcode, #text) .. text)
end

function M.serve()
  local keeps = ngx.var.arg_keep
  ngx.status = ngx.HTTP_SWITCHING_PROTOCOLS
  ngx.header["Upgrade"] = "websocket"
  ngx.header["Connection"] = "Upgrade"
  ngx.header["Sec-WebSocket-Accept"] = ngx.encode_base64(ngx.sha1_bin(ngx.var.http_sec_websocket_key .. GUID))
  ngx.send_headers()
  ngx.flush(true)
  local socket = assert(ngx.req.socket(true))
  socket:settimeout(60000)
  while true do
    local opcode, text = receive(socket)
    if not opcode or opcode == CLOSE then break end
    if keeps then history[#history + 1] = text end
    if not send(socket, TEXT, text) then break end
  end
end

return M
