import { describe, expect, test } from 'vitest'
import { readConfTree } from '../../../plugin/conf/conf-tree.js'
import { type PreparedConf, prepareConf } from '../../../plugin/conf/prepare.js'
import type { NginxBuild, Target } from '../../../plugin/conf/target.js'

const STATIC: NginxBuild = { version: '1.27.1.2', configure: '', modulesPath: '/o/modules', modules: [] }
const DYNAMIC: NginxBuild = {
  version: '1.22.1',
  configure: '',
  modulesPath: '/m',
  modules: ['ndk_http_module.so', 'ngx_http_lua_module.so', 'ngx_stream_module.so'],
}
const TARGET: Target = {
  build: STATIC,
  user: null,
  tempDir: '/t',
  mirror: '/t/mirror',
  bind: '127.0.0.1',
  ports: new Map(),
  workers: 1,
}
const IN_HTTP =
  ' client_body_temp_path /t/client_body_temp; proxy_temp_path /t/proxy_temp; fastcgi_temp_path /t/fastcgi_temp; uwsgi_temp_path /t/uwsgi_temp; scgi_temp_path /t/scgi_temp;'
const LISTEN = 'stream { server { listen 9000; } }'

function prepare(files: string | Record<string, string>, target: Partial<Target> = {}): PreparedConf {
  const texts = typeof files === 'string' ? { '/p/nginx.conf': files } : files
  const source = {
    read(path: string) {
      const text = texts[path]
      if (text === undefined) throw new Error('ENOENT')
      return text
    },
    glob: (pattern: string) => Object.keys(texts).filter((path) => path.startsWith(pattern.replace(/\*.*/, ''))),
  }
  return prepareConf(readConfTree('/p/nginx.conf', {}, source), { ...TARGET, ...target })
}

/** The patched main conf. */
function text(conf: string, target: Partial<Target> = {}): string {
  return prepare(conf, target).files[0]!.text
}

/** What became of the inside of an http block beside what is always put there. */
function inHttp(conf: string, target: Partial<Target> = {}): string {
  return text(`http {${conf}}`, target).replace('http {', '').replace(IN_HTTP, '').slice(0, -1)
}

const QUIET = ' access_log off; keepalive_requests 1000000000;'

/** What became of a server's directives. */
function server(conf: string, target: Partial<Target> = {}): string {
  return inHttp(`server {${conf}}`, target).replace(QUIET, '').slice('server {'.length, -1)
}

const tcp = (port: number) => ({ kind: 'tcp', host: '127.0.0.1', port })

describe('main directives', () => {
  test('that the conf lacks go on the command line, and the conf keeps its lines', () => {
    expect(prepare(`events {}\n${LISTEN}`)).toMatchObject({
      conf: '/t/mirror/p/nginx.conf',
      prefix: '/p',
      globals: 'daemon off; pid /t/nginx.pid; error_log stderr notice; worker_processes 1;',
      files: [{ path: '/p/nginx.conf', text: 'events {}\nstream { server { listen 127.0.0.1:9000; } }' }],
      notices: [],
    })
  })

  test('that the conf has are replaced in place', () => {
    const conf = `daemon on;\nmaster_process off;\npid logs/nginx.pid;\nerror_log logs/error.log\n  info;\nuser www;\nworker_processes auto;\n${LISTEN}`
    const prepared = prepare(conf)
    expect(prepared.globals).toBe('')
    expect(prepared.files[0]!.text.split('\n').slice(0, -1)).toEqual([
      'daemon off;',
      'master_process on;',
      'pid /t/nginx.pid;',
      'error_log stderr info;',
      '',
      '',
      'worker_processes 1;',
    ])
  })

  test('of an included file count as the conf’s', () => {
    const { globals, files } = prepare({
      '/p/nginx.conf': `include main.conf; ${LISTEN}`,
      '/p/main.conf': 'daemon on;',
    })
    expect(globals).not.toContain('daemon')
    expect(files[1]).toEqual({ path: '/p/main.conf', text: 'daemon off;' })
  })

  test('that come twice are kept once', () => {
    expect(text(`error_log a;\nerror_log b;\n${LISTEN}`)).toMatch(/^error_log stderr notice;\n\nstream/)
  })

  test('leave the number of workers to the conf if told so', () => {
    expect(text(`worker_processes 3; ${LISTEN}`, { workers: 'conf' })).toContain('worker_processes 3;')
    expect(prepare(LISTEN, { workers: 'conf' }).globals).not.toContain('worker_processes')
  })

  test('give workers of root the user that started them', () => {
    const user = { name: 'root', group: 'root' }
    expect(text(`user www www; ${LISTEN}`, { user })).toContain('user root root;')
    expect(prepare(LISTEN, { user }).globals).toContain('user root root;')
  })
})

describe('modules', () => {
  test('that the build has as files are loaded if the conf uses them', () => {
    const { globals } = prepare('http { server { listen 8080; } }', { build: DYNAMIC })
    expect(globals).toContain('load_module /m/ndk_http_module.so; load_module /m/ngx_http_lua_module.so;')
    expect(globals).not.toContain('stream')
    expect(prepare(LISTEN, { build: DYNAMIC }).globals).toContain('load_module /m/ngx_stream_module.so;')
  })

  test('that the conf loads come from the build’s folder, once', () => {
    const prepared = prepare(`load_module modules/ngx_http_lua_module.so; ${LISTEN}`, { build: DYNAMIC })
    expect(prepared.files[0]!.text).toContain('load_module /m/ngx_http_lua_module.so;')
    expect(prepared.globals).not.toContain('ngx_http_lua_module')
  })

  test('that the build has inside are not loaded', () => {
    expect(text(`load_module modules/ngx_http_lua_module.so;\n${LISTEN}`)).toMatch(/^\nstream/)
  })

  test('that nobody knows are left to nginx', () => {
    expect(text(`load_module modules/x.so; ${LISTEN}`, { build: DYNAMIC })).toContain('load_module modules/x.so;')
  })
})

describe('http directives', () => {
  test('that the conf lacks go behind the brace', () => {
    expect(text('http {\n server { listen 8080; }\n}')).toBe(
      `http {${IN_HTTP}${QUIET}\n server { listen 127.0.0.1:8080; }\n}`,
    )
  })

  test('leave temp paths of modules out that the build lacks', () => {
    const build = { ...STATIC, configure: '--without-http_uwsgi_module' }
    expect(text('http { server {} }', { build })).not.toContain('uwsgi')
  })

  test('take temp paths and caches out of the prefix', () => {
    expect(server('proxy_temp_path tmp 1 2; proxy_cache_path cache/a levels=1:2 keys_zone=a:1m; listen 8080;')).toBe(
      ' proxy_cache_path /t/cache_cache_a levels=1:2 keys_zone=a:1m; listen 127.0.0.1:8080;',
    )
  })

  test('name a file outside of the conf’s folder by its absolute path, since the copy of the conf lies elsewhere', () => {
    const conf = `listen 8080 ssl; ssl_certificate ../certs/tls.crt; ssl_certificate_key "../certs/$ssl_server_name.key";
location / { proxy_ssl_crl ../../a.crl; auth_basic_user_file ../users; geoip_country ../geo.dat utf8; }`
    const out = server(conf)
    expect(out).toContain('ssl_certificate /certs/tls.crt; ssl_certificate_key "/certs/$ssl_server_name.key";')
    expect(out).toContain('proxy_ssl_crl /a.crl; auth_basic_user_file /users; geoip_country /geo.dat utf8;')
    const near =
      'ssl_certificate tls.crt; ssl_certificate_key engine:../k; ssl_trusted_certificate /etc/ca.pem; ssl_crl $crl;'
    expect(server(`listen 8080 ssl; ${near}`)).toContain(near)
  })

  test('keep an access log that the conf asks for, but not in the prefix', () => {
    const conf = 'access_log logs/a.log main buffer=32k; server { listen 8080; access_log /dev/stdout; }'
    expect(inHttp(conf)).toContain('access_log /t/a.log main buffer=32k;')
    expect(inHttp(conf)).toContain('access_log /dev/stdout;')
    expect(inHttp(conf)).not.toContain('access_log off')
  })

  test('switch the access log off where a server has none, whatever another one has', () => {
    const conf = 'server { listen 8080; access_log off; } server { listen 8081; }'
    expect(inHttp(conf)).toContain(' access_log off;')
    expect(inHttp(conf).match(/access_log off;/g)).toHaveLength(2)
    expect(inHttp('server { listen 8080; access_log /dev/stdout; } server { listen 8081; }')).toMatch(
      /^ access_log off;/,
    )
    expect(inHttp('access_log /dev/stdout; server { listen 8081; }')).not.toContain('access_log off')
  })

  test('send the error log of a block to the same place at its level', () => {
    expect(server(' error_log logs/x.log debug; listen 8080;')).toBe(' error_log stderr debug; listen 127.0.0.1:8080;')
  })

  test('keep connections open whatever the conf says, except those to upstreams', () => {
    const result = inHttp(
      'keepalive_requests 10; upstream u { keepalive_requests 7; } server { listen 8080; keepalive_requests 5; }',
    )
    expect(result.match(/keepalive_requests \d+/g)).toEqual([
      'keepalive_requests 1000000000',
      'keepalive_requests 7',
      'keepalive_requests 1000000000',
    ])
  })

  test('turn lua_code_cache on and say where', () => {
    const prepared = prepare('http {\n lua_code_cache off;\n server { listen 8080; }\n}')
    expect(prepared.files[0]!.text).toContain('\n lua_code_cache on;\n')
    expect(prepared.notices).toEqual([expect.stringMatching(/^nginx\.conf:2: lua_code_cache off was turned on/)])
  })

  test('say that a run without lua_code_cache off proves nothing of the conf, and the way out', () => {
    const prepared = prepare('http {\n lua_code_cache  off;\n server { listen 8080; }\n}')
    expect(prepared.doubts).toEqual([
      expect.stringMatching(
        /^nginx\.conf:2: lua_code_cache is off, .*--replace 'lua_code_cache {2}off=lua_code_cache on'/,
      ),
    ])
  })

  test('say nothing of lua_code_cache on', () => {
    expect(prepare('http { lua_code_cache on; server {} }')).toMatchObject({ notices: [], doubts: [] })
  })

  test('complete a Lua path that leaves the default out, for an unpacked installation only', () => {
    const conf = 'lua_package_path "$prefix/lua/?.lua"; server {}'
    expect(inHttp(conf, { luaPath: '/u/?.lua' })).toContain('lua_package_path "$prefix/lua/?.lua;/u/?.lua";')
    expect(inHttp(conf)).toContain('lua_package_path "$prefix/lua/?.lua";')
    expect(inHttp('lua_package_path "a;;"; server {}', { luaPath: '/u/?.lua' })).toContain('lua_package_path "a;;";')
  })

  test('leave Lua alone', () => {
    const lua = 'content_by_lua_block { local s = "lua_code_cache off; access_log x;" -- } listen 80;\n }'
    expect(server(` listen 8080; location / { ${lua} }`)).toBe(` listen 127.0.0.1:8080; location / { ${lua} }`)
  })

  test('do not mistake the keys of a map for directives', () => {
    expect(inHttp('map $a $b { listen 1; } server { listen 8080; }')).toContain('{ listen 1; }')
  })
})

describe('listens', () => {
  test.each([
    ['8080', '127.0.0.1:8080'],
    ['*:8080', '127.0.0.1:8080'],
    ['127.0.0.1:8080', '127.0.0.1:8080'],
    ['127.0.0.2:8080', '127.0.0.2:8080'],
    ['0.0.0.0:8080', '127.0.0.1:8080'],
    ['10.1.2.3:8080', '127.0.0.1:8080'],
    ['localhost:8080', '127.0.0.1:8080'],
    ['[::]:8080 ipv6only=on', '127.0.0.1:8080'],
    ['[::1]:8080', '127.0.0.1:8080'],
    ['127.0.0.1', '127.0.0.1:80'],
    ['8080 ssl http2 default_server reuseport', '127.0.0.1:8080 ssl http2 default_server reuseport'],
    ['8000-8003', '127.0.0.1:8000-8003'],
  ])('%s binds to %s', (from, to) => {
    expect(server(`listen ${from};`)).toBe(`listen ${to};`)
  })

  test('take the ports they are given', () => {
    const { files, endpoints, notices } = prepare('http { server { listen 80; listen 443 ssl; } }', {
      ports: new Map([
        [80, 40001],
        [443, 40002],
      ]),
      portReasons: new Map([[80, 'ports below 1024 need a privilege']]),
    })
    expect(files[0]!.text).toContain('listen 127.0.0.1:40001; listen 127.0.0.1:40002 ssl;')
    const one = { protocol: 'http', socket: null, udp: false, http2: 'no', proxyProtocol: false }
    const servers = (...at: string[]) => at.map((place) => ({ names: [], at: place }))
    expect(endpoints).toEqual([
      { ...one, port: 80, bound: tcp(40001), tls: false, servers: servers('nginx.conf:1') },
      { ...one, port: 443, bound: tcp(40002), tls: true, servers: servers('nginx.conf:1') },
    ])
    expect(notices).toEqual(['port 80 of the conf is port 40001 here: ports below 1024 need a privilege'])
  })

  test('bind to every address in a container', () => {
    expect(server('listen 127.0.0.1:80;', { bind: '0.0.0.0' })).toBe('listen 0.0.0.0:80;')
  })

  test('of one server on one port become one', () => {
    expect(server('listen 80 default_server;\nlisten [::]:80 default_server;')).toBe(
      'listen 127.0.0.1:80 default_server;\n',
    )
  })

  test('of two addresses keep with the first what an address has once', () => {
    const conf =
      'server { listen 80 default_server reuseport; } server { listen [::]:80 default_server reuseport ssl; }'
    expect(inHttp(conf)).toContain(
      '{ listen 127.0.0.1:80 default_server reuseport; } server { listen 127.0.0.1:80 ssl; }',
    )
  })

  test('spread their connections over several workers, once for each address', () => {
    const conf = 'server { listen 80; } server { listen 80 default_server; listen 81 ssl; listen unix:/run/a.sock; }'
    expect(inHttp(conf, { workers: 2 })).toContain(
      '{ listen 127.0.0.1:80 reuseport; } server { listen 127.0.0.1:80 default_server; listen 127.0.0.1:81 ssl reuseport; listen unix:/run/a.sock; }',
    )
    expect(server(' return 200;', { workers: 2, ports: new Map([[80, 40001]]) })).toContain(
      'listen 127.0.0.1:40001 reuseport;',
    )
  })

  test('whose socket the conf has options for stay as they are with several workers', () => {
    const conf = 'server { listen 80; } server { listen 80 backlog=511; }'
    expect(inHttp(conf, { workers: 2 })).toContain(
      '{ listen 127.0.0.1:80; } server { listen 127.0.0.1:80 backlog=511; }',
    )
  })

  test('are added where a server has none', () => {
    const ports = new Map([[80, 40001]])
    expect(server(' return 200;', { ports })).toBe(' listen 127.0.0.1:40001; return 200;')
  })

  const ON_SOCKET = 'upstream u { server unix:/run/a.sock; } server { listen unix:/run/a.sock; listen 8080; }'

  test('on sockets stay where they are, since Lua may name them, too', () => {
    expect(inHttp(ON_SOCKET)).toContain(
      '{ server unix:/run/a.sock; } server { listen unix:/run/a.sock; listen 127.0.0.1:8080; }',
    )
    expect(prepare(`http { ${ON_SOCKET} }`).notices).toEqual([])
  })

  test('on sockets that cannot stay are moved, what names them follows, and both paths are said', () => {
    const target = {
      sockets: new Map([['/run/a.sock', '/t/a.sock']]),
      socketReasons: new Map([['/run/a.sock', 'another server listens there']]),
    }
    expect(inHttp(ON_SOCKET, target)).toContain(
      '{ server unix:/t/a.sock; } server { listen unix:/t/a.sock; listen 127.0.0.1:8080; }',
    )
    expect(prepare(`http { ${ON_SOCKET} }`, target).notices).toEqual([
      'unix socket /run/a.sock of the conf is /t/a.sock here: another server listens there',
    ])
  })

  test('that are UDP are no endpoints for requests', () => {
    expect(prepare('http { server { listen 443 quic; listen 443 ssl; } }').endpoints).toMatchObject([
      { port: 443, tls: false, udp: true },
      { port: 443, tls: true, udp: false },
    ])
  })

  test('of included files are found', () => {
    const { files } = prepare({
      '/p/nginx.conf': 'http { include sites/*.conf; }',
      '/p/sites/a.conf': 'server {\r\n listen 80;\r\n}',
    })
    expect(files[1]).toEqual({ path: '/p/sites/a.conf', text: 'server {\r\n listen 127.0.0.1:80;\r\n}' })
  })

  test('that are missing altogether are an error', () => {
    expect(() => prepare('events {} http {}')).toThrow(expect.objectContaining({ code: 'RUNTIME_NO_LISTEN' }))
  })
})

describe('literals that name a moved port', () => {
  const ports = new Map([
    [80, 40001],
    [8080, 40002],
  ])
  const listens = 'listen 80; listen 8080;'
  const moved = 'listen 127.0.0.1:40001; listen 127.0.0.1:40002;'

  test.each([
    ['proxy_pass http://127.0.0.1:8080/x;', 'proxy_pass http://127.0.0.1:40002/x;'],
    ['proxy_pass http://localhost:8080;', 'proxy_pass http://localhost:40002;'],
    ['proxy_pass http://[::1]:8080;', 'proxy_pass http://127.0.0.1:40002;'],
    ['proxy_pass http://127.0.0.1/;', 'proxy_pass http://127.0.0.1:40001/;'],
    ['proxy_pass "http://127.0.0.1:8080$request_uri";', 'proxy_pass "http://127.0.0.1:40002$request_uri";'],
    ['set $up 127.0.0.1:8080;', 'set $up 127.0.0.1:40002;'],
    ['proxy_pass http://127.0.0.1:80801;', 'proxy_pass http://127.0.0.1:80801;'],
    ['proxy_pass http://127.0.0.1:9090;', 'proxy_pass http://127.0.0.1:9090;'],
    ['proxy_pass http://10.127.0.0.1:8080;', 'proxy_pass http://10.127.0.0.1:8080;'],
    ['proxy_pass https://127.0.0.1;', 'proxy_pass https://127.0.0.1;'],
    ['root /srv/127.0.0.1;', 'root /srv/127.0.0.1;'],
  ])('%s becomes %s', (from, to) => {
    expect(server(`${listens} ${from}`, { ports })).toBe(`${moved} ${to}`)
  })

  test('are followed in upstreams, with and without a port', () => {
    const conf = `upstream u { server 127.0.0.1; server 127.0.0.1:8080 weight=2; } server { ${listens} }`
    expect(inHttp(conf, { ports })).toContain('{ server 127.0.0.1:40001; server 127.0.0.1:40002 weight=2; }')
  })

  test('are told, not touched, in Lua', () => {
    const lua = 'content_by_lua_block { get("http://127.0.0.1:8080") }'
    const prepared = prepare(`http { server { ${listens}\n location / { ${lua} } } }`, { ports })
    expect(prepared.files[0]!.text).toContain(lua)
    expect(prepared.notices).toEqual([expect.stringMatching(/^nginx\.conf:2: the Lua code names an address/)])
  })

  test('in a directive that is replaced anyway do no harm', () => {
    expect(text(`error_log syslog:server=127.0.0.1:8080; http { server { ${listens} } }`, { ports })).toContain(
      'error_log stderr notice;',
    )
  })
})

describe('includes', () => {
  test('from outside the conf’s folder name the mirror', () => {
    const prepared = prepare({
      '/p/nginx.conf': 'http { include ../shared/x.conf; include "/etc/n/*.conf"; include mime.types; server {} }',
      '/shared/x.conf': 'sendfile on;',
      '/etc/n/y.conf': 'gzip on;',
      '/p/mime.types': 'types {}',
    })
    expect(prepared.files.map(({ path }) => path)).toEqual(['/p/nginx.conf', '/shared/x.conf', '/etc/n/y.conf'])
    expect(prepared.files[0]!.text).toContain(
      'include /t/mirror/shared/x.conf; include /t/mirror/etc/n/*.conf; include mime.types;',
    )
  })
})

describe('Lua in a stream block', () => {
  const CONF =
    'stream { server { listen 9000; preread_by_lua_block { local a } return ok; } } http { server { listen 80; } }'

  test('needs a module of its own, and is missed where the build has none', () => {
    expect(prepare(CONF, { build: DYNAMIC }).lacks).toMatch(
      /has no stream Lua module \(ngx_stream_lua_module\)[\s\S]*OpenResty/,
    )
    expect(prepare('stream { server { listen 9000; return ok; } }', { build: DYNAMIC }).lacks).toBeNull()
    expect(prepare('http { server { content_by_lua_block { } } }', { build: DYNAMIC }).lacks).toBeNull()
  })

  test('is served where the build has that module, which is loaded if it is a file', () => {
    const dynamic = { ...DYNAMIC, modules: [...DYNAMIC.modules, 'ngx_stream_lua_module.so'] }
    expect(prepare(CONF, { build: dynamic })).toMatchObject({
      lacks: null,
      globals: expect.stringMatching(
        /load_module \/m\/ngx_stream_module\.so; load_module \/m\/ngx_stream_lua_module\.so;/,
      ),
    })
    const built = { ...STATIC, configure: '--add-module=../ngx_stream_lua-0.0.16' }
    expect(prepare(CONF, { build: built }).lacks).toBeNull()
  })
})
