import { fewKeys } from '../keys.mjs'

/** Cosockets with keepalive, to this very server: connections, their buffers and pools are reused. */
export const upstreamPool = {
  name: 'upstream-pool',
  draw: (random) => ({
    every: random.int(3, 30),
    poolSize: random.int(2, 30),
    idleMs: random.magnitude(50, 5000),
    keys: fewKeys(random),
  }),
  locations: () => ['location = /upstream { content_by_lua_block { ngx.print("up") } }'],
  lua: ({ every, poolSize, idleMs }) => `
local _M = {}
local ASK = "GET /upstream HTTP/1.1\\r\\nHost: upstream\\r\\n\\r\\n"

function _M.serve()
    if math.random(${every}) > 1 then
        return
    end
    local socket = ngx.socket.tcp()
    socket:settimeout(2000)
    if not socket:connect("127.0.0.1", tonumber(ngx.var.server_port), { pool_size = ${poolSize} }) then
        return
    end
    socket:send(ASK)
    -- The head, then the only chunk and the last one.
    local head = socket:receiveuntil("\\r\\n\\r\\n")
    if head() and socket:receive("*l") == "2" and socket:receive("*l") and socket:receive("*l") and socket:receive("*l") then
        socket:setkeepalive(${idleMs}, ${poolSize})
    else
        socket:close()
    end
end

return _M
`,
}
