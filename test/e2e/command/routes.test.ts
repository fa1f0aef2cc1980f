import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { OpenrestyFixture } from '../../../plugin/vitest/fixture.js'
import { ANSWERING, KINDS, writeGateway } from '../explore/gateway.js'
import { aFolder, confWith, restyLeak } from '../resty-leak.js'

test('all routes of a gateway are measured in one run; what was not says why', async () => {
  const conf = writeGateway(await aFolder())
  const { code, report, out } = await restyLeak(['run', conf, '--all-routes'])
  expect(code).toBe(0)
  expect(report).toMatchObject({ verdict: 'ok', passed: true, mix: { from: 'routes', kind: 'nginx conf', read: 100 } })
  const answering = ANSWERING.reduce((sum, kind) => sum + KINDS[kind], 0)
  expect(report!.mix!.taken).toBe(answering)
  expect(Object.keys(report!.load!.perRequest)).toHaveLength(answering)
  expect(report!.requests.confirm).toEqual([])
  const reasons = report!.mix!.notMeasured.map(({ request, reason, status }) => `${request} ${status} ${reason}`)
  expect(reasons).toHaveLength(100 - answering)
  const told = (pattern: RegExp) => reasons.filter((reason) => pattern.test(reason)).length
  expect({
    named: told(/^location @named\d .*undefined named/),
    internal: told(/^location \/internal\/\d .*undefined internal/),
    auth: told(/\/auth\/\d 401 answers 401; needs authorization: auth_basic staff, routes\/closed.conf:\d/),
    unauthorized: told(/\/token\/\d 401 answers 401; may need authorization: access_by_lua_block/),
    body: told(/\/body\/\d 400 answers 400; may need a body \(ngx.req.read_body\)/),
    post: told(/\/post\/\d 405 answers 405; takes another method: if/),
    gone: told(/\/gone\/\d 404 answers 404: return 404/),
    broken: told(/\/broken\/\d 503 answers 503$/),
    unreachable: told(/\/unreachable\/\d\/ 502 answers 502; goes on to http:\/\/127.0.0.1:9, which/),
  }).toEqual({ named: 5, internal: 5, auth: 5, unauthorized: 3, body: 3, post: 2, gone: 3, broken: 2, unreachable: 2 })
  expect(out).toContain('routes of')
})

test('two leaks among all routes are each told with the route that they come from', async () => {
  const conf = writeGateway(await aFolder(), { leaking: ['exact7', 'regex3'] })
  const { code, report, out } = await restyLeak(['run', conf, '--all-routes', '--no-locate'])
  expect(code).toBe(1)
  const found = report!.growths.map(({ path, byRequest = [] }) => ({
    path,
    from: byRequest.filter(({ perRequest }) => perRequest > 0),
    others: byRequest.filter(({ perRequest }) => perRequest === 0).length,
  }))
  const kept = 'registry._LOADED.gateway.keep.^kept'
  expect(found).toHaveLength(2)
  expect(found).toEqual(
    expect.arrayContaining([
      {
        path: `${kept}.exact7[*]`,
        from: [{ request: expect.stringMatching(/\/exact\/7$/), perRequest: 2 }],
        others: 69,
      },
      {
        path: `${kept}.regex3[*]`,
        from: [{ request: expect.stringMatching(/\/regex\/3\//), perRequest: 2 }],
        others: 69,
      },
    ]),
  )
  expect(out).toMatch(/By request: GET \S*\/exact\/7 2.00\/request, 69 others 0/)
})

test('a hanging route is named and holds nothing up', async () => {
  const locations = `
    location = /hangs { content_by_lua_block { ngx.sleep(60) } }
    location = /t { content_by_lua_block { ngx.say("ok") } }`
  const folder = await aFolder({ 'nginx.conf': `events {}\nhttp {\nserver {\nlisten 8080;\n${locations}\n}\n}\n` })
  const { code, report } = await restyLeak([
    'run',
    join(folder, 'nginx.conf'),
    '--all-routes',
    '--timeout',
    '500ms',
    '--amount',
    '4000',
  ])
  expect(code).toBe(0)
  expect(report!.mix!.notMeasured).toEqual([{ request: 'GET /hangs', reason: 'gives no answer within 0.5 s' }])
})

test('each server of a conf is asked by its port, its name or its socket', async () => {
  const answer = (name: string) => `location = /t { content_by_lua_block { ngx.say("${name}") } }`
  const server = (listen: string, name: string) => `server { listen ${listen}; server_name ${name}; ${answer(name)} }`
  const folder = await aFolder()
  const servers = [
    server('8080', 'first.test'),
    server('8080', 'second.test'),
    server('8081', 'third.test'),
    server(`unix:${folder}/app.sock`, 'fourth.test'),
  ]
  const conf = join(folder, 'nginx.conf')
  await writeFile(conf, `events {}\nhttp {\n${servers.join('\n')}\n}\n`)
  const { code, report } = await restyLeak(['run', conf, '--all-routes', '--amount', '4000'])
  expect(code).toBe(0)
  expect(report!.mix!.notMeasured).toEqual([])
  expect(Object.keys(report!.load!.perRequest)).toEqual([
    'GET /t',
    'GET http://second.test:8080/t',
    'GET http://third.test:8081/t',
    `GET http://unix:${folder}/app.sock:/t`,
  ])
})

test('a test measures all routes, and requests of a file beside it', async () => {
  const folder = await aFolder({
    'nginx.conf': confWith(
      'location = /t { content_by_lua_block { ngx.say("ok") } }\nlocation = /gone { return 404; }',
    ),
    'urls.txt': '/t?x=1\n/t?x=2\n/gone\n',
  })
  await using openresty = new OpenrestyFixture({
    testFile: join(folder, 'a.test.ts'),
    testName: 'a test',
    defaults: {},
    signal: new AbortController().signal,
    record: () => {},
  })
  const server = await openresty.start({ conf: 'nginx.conf' })
  const all = await server.measure({ routes: 'all', amount: 4000 })
  expect(all).toMatchObject({ verdict: 'ok', mix: { from: 'routes', read: 2, taken: 1 } })
  const file = await server.measure({ requestsFrom: 'urls.txt', amount: 4000 })
  expect(file).toMatchObject({ verdict: 'ok', mix: { source: 'urls.txt', kind: 'list', read: 3, taken: 2 } })
  expect(Object.keys(file.load!.perRequest)).toEqual(['GET /t?x={n}'])
})
