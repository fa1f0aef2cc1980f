import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ANSWERING, KINDS, writeGateway } from './explore/gateway.js'
import { aFolder, restyLeak } from './resty-leak.js'

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
