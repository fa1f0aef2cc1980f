import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { routeCandidates } from '../../../plugin/explore/route-candidates.js'
import { routesOf } from '../../../plugin/explore/routes.js'
import { readConfHere } from '../../../plugin/runtime/local/prepare-here.js'
import type { Route } from '../../../plugin/types/routes.js'
import { KINDS, writeGateway } from '../../e2e/explore/gateway.js'

const folder = mkdtempSync(join(tmpdir(), 'routes-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The routes of a conf, with these files beside it. */
function routesIn(http: string, files: Readonly<Record<string, string>> = {}) {
  for (const [name, text] of Object.entries({ ...files, 'nginx.conf': `events {}\nhttp {\n${http}\n}\n` })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return routesOf(readConfHere({ conf: join(folder, 'nginx.conf') }))
}

function locationsIn(locations: string, files?: Readonly<Record<string, string>>): readonly Route[] {
  return routesIn(`server {\nlisten 8080;\n${locations}\n}`, files).servers[0]!.routes
}

const OK = 'content_by_lua_block { ngx.say("ok") }'

test('a gateway of 100 locations is listed whole, with what Lua runs where', () => {
  const gateway = writeGateway(join(folder, 'gateway'))
  const { servers } = routesOf(readConfHere({ conf: gateway }))
  const routes = servers.flatMap((server) => server.routes)
  expect(
    servers.map(({ names, listen, routes }) => [
      names,
      listen.map(({ address, isDefault }) => [address, isDefault]),
      routes.length,
    ]),
  ).toEqual([
    [[], [['127.0.0.1:8081', true]], 0],
    [[], [['8080', true]], 95],
    [['tenant.test'], [['8080', false]], 5],
  ])
  const likely = (kind: Route['get']['likely']) => routes.filter(({ get }) => get.likely === kind).length
  const { exact, prefix, regex, proxied, tenant, broken, unauthorized, body } = KINDS
  expect([likely('yes'), likely('unknown')]).toEqual([
    exact + prefix + regex + proxied + tenant + broken,
    unauthorized + body,
  ])
  const matching = (match: Route['match']) => routes.filter((route) => route.match === match).length
  expect([matching('exact'), matching('prefix'), matching('regex'), matching('named')]).toEqual([48, 32, 15, 5])
  expect(routes.find(({ location }) => location === '= /exact/7')).toEqual({
    location: '= /exact/7',
    match: 'exact',
    file: 'routes/exact.conf',
    line: 8,
    internal: false,
    lua: [{ directive: 'content_by_lua_block', file: 'routes/exact.conf', line: 8 }],
    get: { likely: 'yes', why: [], paths: ['/exact/7?n={n}', '/exact/7'] },
  })
})

test('a file that two servers include is in both', () => {
  const { servers } = routesIn(
    'server { listen 80; include common.conf; }\nserver { listen 81; include common.conf; }',
    {
      'common.conf': `location = /t { ${OK} }\n`,
    },
  )
  expect(servers.map(({ routes }) => routes.map(({ location, file }) => [location, file]))).toEqual([
    [['= /t', 'common.conf']],
    [['= /t', 'common.conf']],
  ])
})

test('phases come from the level that has them, content from the location alone', () => {
  const [route] = routesIn(
    `log_by_lua_block { a() }
server {
listen 80;
access_by_lua_file lua/access.lua;
content_by_lua_block { never() }
location / {
log_by_lua_block { b() }
location /in { ${OK} }
}
}`,
    { 'lua/access.lua': '\nif not ngx.var.http_authorization then\n  ngx.exit(ngx.HTTP_UNAUTHORIZED)\nend\n' },
  ).servers[0]!.routes.slice(1)
  expect(route!.lua).toEqual([
    { directive: 'access_by_lua_file', file: 'lua/access.lua', line: 1 },
    { directive: 'content_by_lua_block', file: 'nginx.conf', line: 10 },
    { directive: 'log_by_lua_block', file: 'nginx.conf', line: 9 },
  ])
  expect(route!.get).toMatchObject({
    likely: 'unknown',
    why: ['may need authorization: access_by_lua_file, lua/access.lua:3'],
  })
})

describe('a GET', () => {
  test.each([
    ['internal; ', 'internal: only nginx itself goes there'],
    ['auth_basic "x"; ', 'needs authorization: auth_basic x, nginx.conf:5'],
    ['return 444; ', 'answers 444: return 444, nginx.conf:5'],
    ['deny all; ', 'is denied here: deny all, nginx.conf:5'],
    ['limit_except POST { deny all; } ', 'takes another method: limit_except POST, nginx.conf:5'],
    [
      'if ($request_method !~ ^(POST|PUT)$) { return 405; } ',
      'takes another method: if ($request_method !~ ^(POST|PUT)$), nginx.conf:5',
    ],
    [
      'proxy_pass http://127.0.0.1:9000; ',
      'goes on to http://127.0.0.1:9000, which this conf does not serve: proxy_pass http://127.0.0.1:9000, nginx.conf:5',
    ],
    [
      'proxy_pass http://billing; ',
      'goes on to http://billing, which this conf does not serve: proxy_pass http://billing, nginx.conf:5',
    ],
  ])('is not likely to work with %s', (directive, why) => {
    expect(locationsIn(`location /t { ${directive} }`)[0]!.get).toMatchObject({ likely: 'no', why: [why] })
  })

  test.each([
    ['a redirect', 'return 302 /x;'],
    ['a rule that lets this machine in', `allow 127.0.0.1; deny all; ${OK}`],
    ['authorization that is switched off', `auth_basic off; ${OK}`],
    ['a proxy to what the conf serves itself', 'proxy_pass http://127.0.0.1:8080/other;'],
    ['another method that is refused', `if ($request_method = POST) { return 405; } ${OK}`],
  ])('is likely to work with %s', (_what, directives) => {
    expect(locationsIn(`location = /t { ${directives} }\nlocation = /other { return 200; }`)[0]!.get.likely).toBe('yes')
  })

  test.each([
    ['ngx.req.read_body()', 'may need a body (ngx.req.read_body): content_by_lua_block, nginx.conf:6'],
    ['if ngx.req.get_method() ~= "POST" then return end', 'takes another method: content_by_lua_block, nginx.conf:6'],
  ])('meets what Lua itself shows: %s', (lua, why) => {
    expect(locationsIn(`location = /t { content_by_lua_block {\n${lua}\n} }`)[0]!.get.why).toEqual([why])
  })

  test('may go to an upstream that the conf serves, and not to one that it does not', () => {
    const http = (server: string) =>
      `upstream app { server ${server}; }\nserver { listen 8080; location /t { proxy_pass http://app; } }`
    const likely = (server: string) => routesIn(http(server)).servers[0]!.routes[0]!.get
    expect(likely('127.0.0.1:8080').likely).toBe('yes')
    expect(likely('127.0.0.1:9')).toMatchObject({ likely: 'no' })
    expect(likely('10.0.0.7:80')).toMatchObject({ likely: 'no', elsewhere: 'http://app' })
  })
})

describe('the paths of a location', () => {
  const pathsOf = (location: string) => locationsIn(`location ${location} { ${OK} }`)[0]!.get.paths

  test.each([
    ['= /t', ['/t?n={n}', '/t']],
    ['=/t', ['/t?n={n}', '/t']],
    ['/api/', ['/api/{n}', '/api/']],
    ['"/mit leer"', ['/mit%20leer?n={n}', '/mit%20leer']],
    ['~ ^/users/(?<id>\\d+)$', ['/users/{n}']],
    ['~ ^/u/(?P<id>[^/]+)/orders', ['/u/{n}/orders']],
    ['~* \\.(php|phtml)$', ['/.php?n={n}', '/.php']],
    ['~ "^/y/[0-9]{4}$"', ['/y/{random:1000-9999}']],
    ['~ "^/o/[0-9a-f-]{36}$"', ['/o/{uuid}']],
    ['~ ^/(a|b)/x?$', ['/a/?n={n}', '/a/']],
    ['~ "^/h/[a-f]{3}$"', ['/h/aaa?n={n}', '/h/aaa']],
  ])('%s', (location, paths) => {
    expect(pathsOf(location)).toEqual(paths)
  })

  test('are none where an expression is not understood, and it is said', () => {
    expect(locationsIn(`location ~ ^/(?i:A)$ { ${OK} }`)[0]!.get).toEqual({
      likely: 'unknown',
      why: ['no path is found that its regular expression matches'],
      paths: [],
    })
  })

  test('are none that another location takes', () => {
    const [prefix, expression] = locationsIn(`location /a/ { ${OK} }\nlocation ~ ^/a/ { ${OK} }`)
    expect(prefix!.get).toMatchObject({ paths: [], why: ['its path goes to location ~ ^/a/, nginx.conf:6'] })
    expect(expression!.get.paths).toEqual(['/a/?n={n}', '/a/'])
    expect(locationsIn(`location ^~ /a/ { ${OK} }\nlocation ~ ^/a/ { ${OK} }`)[0]!.get.paths).toEqual(['/a/{n}', '/a/'])
  })
})

describe('requests', () => {
  const requestsOf = (http: string, unsafe = false) => {
    const { candidates, notMeasured } = routeCandidates(routesIn(http), { unsafe })
    return { asked: candidates.map(({ attempts: [{ name, path }] }) => [name, path]), notMeasured }
  }

  test('go to each server by its port, and by its name where another is the default', () => {
    const server = (listen: string, name: string) =>
      `server { listen ${listen}; server_name ${name}; location = /t { ${OK} } }`
    const http = [
      server('8080', '_'),
      server('8080', '*.shop.test'),
      server('8443 ssl', 'api.test'),
      server('9090', '""'),
      server('unix:/tmp/x.sock', 'x'),
    ].join('\n')
    expect(requestsOf(http)).toEqual({
      asked: [
        ['GET /t', '/t?n={n}'],
        ['GET http://any.shop.test:8080/t', 'http://any.shop.test:8080/t?n={n}'],
        ['GET https://api.test:8443/t', 'https://api.test:8443/t?n={n}'],
        ['GET http://localhost:9090/t', 'http://localhost:9090/t?n={n}'],
      ],
      notMeasured: [{ request: 'location = /t (nginx.conf:7)', reason: 'its server listens on no TCP port' }],
    })
  })

  test('go to no other machine unasked', () => {
    const http = 'server { listen 80; location /pay/ { proxy_pass https://payments.test; } }'
    expect(requestsOf(http)).toEqual({
      asked: [],
      notMeasured: [
        {
          request: 'location /pay/ (nginx.conf:3)',
          reason:
            'goes on to https://payments.test, on another machine: --unsafe (in a test unsafe: true) sends load there',
        },
      ],
    })
    expect(requestsOf(http, true).asked).toEqual([['GET /pay/', '/pay/{n}']])
  })
})
