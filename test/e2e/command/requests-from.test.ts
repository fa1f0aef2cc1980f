import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { aFolder, restyLeak } from '../resty-leak.js'
import { accessLog, FORMATS, type FormatName, MIX } from '../sources/access-log.js'

/** A shop that takes anything, and writes down what would have changed it. */
const SHOP = (formats = '') => `events {}
http {
${formats}
server {
  listen 8080;
  location / {
    content_by_lua_block {
      if ngx.req.get_method() ~= "GET" and ngx.req.get_method() ~= "HEAD" then
        local file = io.open(ngx.config.prefix() .. "/changed", "a")
        file:write(ngx.req.get_method(), " ", ngx.var.request_uri, "\\n")
        file:close()
      end
      if ngx.var.uri == "/api/items/0" then ngx.exit(404) end
      ngx.say("ok")
    }
  }
}
}
`

const SHORT = ['--amount', '4000', '--warmup', '500']

/** Shares of the load, in percent, by request. */
function shares(perRequest: Readonly<Record<string, number>> = {}): Record<string, number> {
  const all = Object.values(perRequest).reduce((sum, count) => sum + count, 0)
  return Object.fromEntries(Object.entries(perRequest).map(([name, count]) => [name, (100 * count) / all]))
}

describe.each(['combined', 'timed', 'structured'] as const)(
  'a log of 50,000 lines in the format %s',
  (format: FormatName) => {
    test('is sent in its own proportions, and nothing of it that changes state', async () => {
      const formats = Object.entries(FORMATS).map(([name, text]) =>
        text === null ? '' : `log_format ${name} ${text};`,
      )
      const folder = await aFolder({ 'nginx.conf': SHOP(formats.join('\n')), 'access.log': accessLog(format, 50_000) })
      const { code, report, out } = await restyLeak([
        'run',
        join(folder, 'nginx.conf'),
        '--requests-from',
        join(folder, 'access.log'),
        ...SHORT,
      ])
      expect(out).toContain('may change state')
      expect(code).toBe(0)
      expect(report!.mix).toMatchObject({ from: 'file', kind: `access log (${format})`, read: 49_999 })
      const sent = shares(report!.load!.perRequest)
      const all = Object.values(MIX).reduce((sum, share) => sum + share, 0)
      for (const [name, share] of Object.entries(MIX)) {
        expect(sent[name], name).toBeCloseTo((100 * share) / all, 0)
      }
      expect(existsSync(join(folder, 'changed'))).toBe(false)
    })
  },
)

test('the session of a browser is sent as templates, and as it was where the server knows no other ids', async () => {
  const folder = await aFolder({ 'nginx.conf': SHOP() })
  const har = fileURLToPath(new URL('../sources/shop.har', import.meta.url))
  const { code, report } = await restyLeak(['run', join(folder, 'nginx.conf'), '--requests-from', har, ...SHORT])
  expect(code).toBe(0)
  expect(Object.keys(report!.load!.perRequest).sort()).toEqual([
    'GET /',
    // the template asks for item 0 first, which is none
    'GET /api/items/17?currency=EUR',
    'GET /api/search?q={n}&page={n}',
    'GET /style.css',
  ])
  expect(report!.mix!.leftOut.map(({ reason, count }) => `${count} ${reason}`)).toEqual([
    '1 DELETE, which may change state',
    '1 POST, which may change state',
    '1 answered 404',
    '1 to other sites than shop.localhost:8080',
  ])
  expect(existsSync(join(folder, 'changed'))).toBe(false)
})

test('an OpenAPI document is sent by its operations; what changes state where it is asked for, with a body', async () => {
  const document = `openapi: 3.1.0
info: { title: shop, version: '1' }
servers: [{ url: /api }]
paths:
  /users/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
    get: {}
    put:
      requestBody: { content: { application/json: { schema: { type: object, required: [name], properties: { name: { type: string } } } } } }
`
  const folder = await aFolder({ 'nginx.conf': SHOP(), 'shop.yaml': document })
  const args = ['run', join(folder, 'nginx.conf'), '--requests-from', join(folder, 'shop.yaml'), ...SHORT]
  const safe = await restyLeak(args)
  expect(safe.code).toBe(0)
  expect(Object.keys(safe.report!.load!.perRequest)).toEqual(['GET /api/users/{n}'])
  expect(existsSync(join(folder, 'changed'))).toBe(false)
  const unsafe = await restyLeak([...args, '--unsafe'])
  expect(Object.keys(unsafe.report!.load!.perRequest).sort()).toEqual(['GET /api/users/{n}', 'PUT /api/users/{n}'])
  expect(readFileSync(join(folder, 'changed'), 'utf8')).toContain('PUT /api/users/0\n')
})

test('a list of which nothing is answered ends with what each was answered', async () => {
  const conf = 'events {}\nhttp {\nserver {\nlisten 8080;\nreturn 404;\n}\n}\n'
  const folder = await aFolder({ 'nginx.conf': conf, list: '/a\n/b\nhttp://api.test:9999/c\n' })
  const { code, err } = await restyLeak([
    'run',
    join(folder, 'nginx.conf'),
    '--requests-from',
    join(folder, 'list'),
    ...SHORT,
  ])
  expect(code).toBe(3)
  expect(err).toContain('GET /a  answers 404')
  expect(err).toContain('GET http://api.test:9999/c  the conf does not listen on port 9999')
})
