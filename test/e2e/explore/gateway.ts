import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Locations of each kind; together 100. */
export const KINDS = {
  exact: 30,
  prefix: 15,
  regex: 15,
  proxied: 5,
  tenant: 5,
  named: 5,
  internal: 5,
  auth: 5,
  unauthorized: 3,
  body: 3,
  post: 2,
  gone: 3,
  broken: 2,
  unreachable: 2,
} as const

/** Kinds that answer a GET with 200. */
export const ANSWERING = ['exact', 'prefix', 'regex', 'proxied', 'tenant'] as const

export interface GatewayOptions {
  /** Names of routes that keep something of each request: `exact7`. */
  readonly leaking?: readonly string[]
}

/** Writes a gateway of 100 locations into a folder. @returns its nginx.conf */
export function writeGateway(folder: string, { leaking = [] }: GatewayOptions = {}): string {
  const handler = (name: string) =>
    `content_by_lua_block { require("gateway").${leaking.includes(name) ? 'keep' : 'answer'}("${name}") }`
  const each = (kind: keyof typeof KINDS, location: (n: number, name: string) => string) =>
    Array.from({ length: KINDS[kind] }, (_, n) => location(n, `${kind}${n}`)).join('\n')
  const files: Record<string, string> = {
    'nginx.conf': `worker_processes 1;
events { worker_connections 256; }
http {
  lua_package_path "$prefix/lua/?.lua;;";
  include conf.d/*.conf;
}
`,
    'conf.d/upstream.conf': 'upstream own { server 127.0.0.1:8081; keepalive 16; }\n',
    'conf.d/public.conf': 'server {\n  listen 8080;\n  include routes/*.conf;\n}\n',
    'conf.d/tenant.conf': `server {
  listen 8080;
  server_name tenant.test;
${each('tenant', (n, name) => `  location = /t${n} { ${handler(name)} }`)}
}
`,
    'conf.d/backend.conf': 'server {\n  listen 127.0.0.1:8081;\n  return 200 "backend\\n";\n}\n',
    'routes/exact.conf': each('exact', (n, name) => `location = /exact/${n} { ${handler(name)} }`),
    'routes/prefix.conf': each('prefix', (n, name) => `location /prefix/${n}/ { ${handler(name)} }`),
    'routes/regex.conf': each('regex', (n, name) => `location ~ ^/regex/${n}/(\\d+)/[a-z-]+$ { ${handler(name)} }`),
    'routes/proxied.conf': each(
      'proxied',
      (n) =>
        `location /proxied/${n}/ { proxy_pass http://own; proxy_http_version 1.1; proxy_set_header Connection ""; }`,
    ),
    'routes/inner.conf': [
      each('named', (n) => `location @named${n} { return 200; }`),
      each('internal', (n, name) => `location /internal/${n} { internal; ${handler(name)} }`),
    ].join('\n'),
    'routes/closed.conf': [
      each(
        'auth',
        (n, name) => `location /auth/${n} { auth_basic "staff"; auth_basic_user_file passwords; ${handler(name)} }`,
      ),
      each(
        'unauthorized',
        (n) =>
          `location = /token/${n} { access_by_lua_block { if not ngx.var.http_authorization then ngx.exit(401) end } ${handler(`token${n}`)} }`,
      ),
      each(
        'body',
        (n) =>
          `location = /body/${n} { content_by_lua_block { ngx.req.read_body() if not ngx.req.get_body_data() then ngx.exit(400) end ngx.say("ok") } }`,
      ),
      each(
        'post',
        (n) => `location = /post/${n} { if ($request_method != POST) { return 405; } ${handler(`post${n}`)} }`,
      ),
      each('gone', (n) => `location = /gone/${n} { return 404; }`),
      each('broken', (n) => `location = /broken/${n} { content_by_lua_block { ngx.exit(503) } }`),
      each('unreachable', (n) => `location /unreachable/${n}/ { proxy_pass http://127.0.0.1:9; }`),
    ].join('\n'),
    passwords: '',
    'lua/gateway.lua': `local _M = {}
local kept = {}

function _M.answer(name)
  ngx.say(name)
end

function _M.keep(name)
  local list = kept[name]
  if not list then
    list = {}
    kept[name] = list
  end
  list[#list + 1] = { name = name, at = tostring(ngx.now()) .. #list }
  ngx.say(name)
end

return _M
`,
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text.endsWith('\n') || text === '' ? text : `${text}\n`)
  }
  return join(folder, 'nginx.conf')
}
