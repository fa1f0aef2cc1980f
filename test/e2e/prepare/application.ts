import { aFolder } from '../resty-leak.js'

/** Makes the conf and what it needs in `$PREFIX`, as gateways that bring a command for it do, and notes that it did. */
export const MAKE = 'sh make.sh'

const MAKER = `echo made >> made
mkdir "$PREFIX/run"
cp -r lua "$PREFIX/lua"
sed "s|@PREFIX@|$PREFIX|" nginx.conf.in > "$PREFIX/nginx.conf"
`

/** `/order` keeps what it is given, `/broker` asks the application's own broker, whose socket Lua finds by the prefix. */
const CONF = `events {}
http {
  lua_package_path "@PREFIX@/lua/?.lua;;";
  server {
    listen unix:@PREFIX@/run/b;
    location / { content_by_lua_block { ngx.print(ngx.config.prefix()) } }
  }
  server {
    listen 8080;
    location = /order {
      content_by_lua_block { require("orders").add(ngx.var.arg_id) ngx.say("kept") }
    }
    location = /broker {
      content_by_lua_block {
        local sock = ngx.socket.tcp()
        assert(sock:connect("unix:" .. ngx.config.prefix() .. "run/b"))
        sock:send("GET / HTTP/1.0\\r\\n\\r\\n")
        local answer = sock:receive("*a")
        sock:close()
        assert(answer:find(ngx.config.prefix(), 1, true), "this is another server's broker")
        ngx.say("asked")
      }
    }
  }
}
`

/** The module of a revision that keeps every order, or none. */
export function orders(adding: string): string {
  return `local kept = {}
local function add(id)
  ${adding}
end
return { add = add, kept = kept }
`
}

export const KEEPS = 'kept[#kept + 1] = "order " .. id'

export function anApplication(adding = KEEPS): Promise<string> {
  return aFolder({ 'make.sh': MAKER, 'nginx.conf.in': CONF, 'lua/orders.lua': orders(adding) })
}
