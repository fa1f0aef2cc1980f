import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { COMBINED } from '../../../../plugin/load/sources/log/format.js'
import { readRequests } from '../../../../plugin/load/sources/read-requests.js'

const folder = mkdtempSync(join(tmpdir(), 'documents-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function read(text: string, { unsafe = false, name = 'file' } = {}) {
  const file = join(folder, name)
  writeFileSync(file, text)
  const expects = (status: number) => status < 400
  const found = await readRequests(file, { unsafe, expects, formats: [COMBINED] })
  return {
    ...found,
    requests: found.candidates.map(({ attempts }) => attempts.map(({ method, path }) => `${method} ${path}`)),
  }
}

describe('a list', () => {
  test('has one request a line, weighed by how often it comes', async () => {
    const { kind, candidates, read: lines } = await read('# shop\n/t\n\nGET /t\nhead /health\nhttp://api.test/t\r\n')
    expect([kind, lines]).toEqual(['list', 4])
    expect(candidates.map(({ attempts: [request] }) => request)).toEqual([
      { method: 'GET', path: '/t', weight: 2, name: 'GET /t' },
      { method: 'GET', path: 'http://api.test/t', weight: 1, name: 'GET http://api.test/t' },
      { method: 'HEAD', path: '/health', weight: 1, name: 'HEAD /health' },
    ])
  })

  test('keeps the placeholders that its user wrote', async () => {
    expect((await read('/users/{n}?x={random:1-9}\n/users/1\n/users/2\n')).requests).toEqual([
      ['GET /users/{n}', 'GET /users/1'],
      ['GET /users/{n}?x={random:1-9}'],
    ])
  })

  test('sends nothing that changes state, unless it is asked to', async () => {
    const list = 'GET /t\nPOST /t\nDELETE /t\n'
    expect((await read(list)).requests).toEqual([['GET /t']])
    expect((await read(list, { unsafe: true })).requests.flat().sort()).toEqual(['DELETE /t', 'GET /t', 'POST /t'])
  })
})

describe('a HAR file', () => {
  const entry = (method: string, url: string, more: object = {}, response: object = { status: 200, content: {} }) => ({
    request: { method, url, headers: [], ...more },
    response,
  })
  const har = (...entries: readonly object[]) => JSON.stringify({ log: { version: '1.2', entries } })
  const page = entry(
    'GET',
    'https://shop.test/',
    {},
    { status: 200, content: { mimeType: 'text/html; charset=utf-8' } },
  )

  test('gives what went to the site that it was recorded at', async () => {
    const { kind, requests, leftOut } = await read(
      har(
        entry('GET', 'https://cdn.test/a.js'),
        page,
        entry('GET', 'https://shop.test/items/1'),
        entry('GET', 'https://shop.test/items/2'),
      ),
    )
    expect(kind).toBe('HAR')
    expect(requests).toEqual([['GET /items/{n}', 'GET /items/1'], ['GET /']])
    expect(leftOut).toEqual([{ reason: 'to other sites than shop.test', count: 1, first: 'https://cdn.test/a.js' }])
  })

  test('keeps a body with its type, and no credentials', async () => {
    const headers = [
      { name: 'Content-Type', value: 'application/json' },
      { name: 'Cookie', value: 'session=secret' },
      { name: 'Authorization', value: 'Bearer secret' },
      { name: 'X-Requested-With', value: 'a\r\nX-Injected: 1' },
    ]
    const { candidates } = await read(
      har(page, entry('POST', 'https://shop.test/orders', { headers, postData: { text: '{"a":1}' } })),
      {
        unsafe: true,
      },
    )
    expect(candidates[1]!.attempts[0]).toEqual({
      method: 'POST',
      path: '/orders',
      weight: 1,
      headers: { 'content-type': 'application/json', Host: 'shop.test' },
      body: '{"a":1}',
    })
  })

  test('leaves out what was not answered as expected, and what is no HTTP', async () => {
    const { leftOut } = await read(
      har(
        page,
        entry('GET', 'https://shop.test/x', {}, { status: 404, content: {} }),
        entry('GET', 'data:text/plain,x'),
        {},
      ),
    )
    expect(leftOut.map(({ reason, count }) => `${count} ${reason}`)).toEqual([
      '2 with no URL of HTTP',
      '1 answered 404',
    ])
  })

  test('is refused where it is none', async () => {
    await expect(read('{"log":{}}')).rejects.toThrow('the HAR file has no log.entries')
  })
})

describe('an OpenAPI document', () => {
  const DOCUMENT = `openapi: 3.1.0
info: { title: shop, version: 1.0.0 }
servers:
  - url: https://{region}.shop.test/v2/
    variables: { region: { default: eu } }
paths:
  /users/{id}:
    parameters:
      - $ref: '#/components/parameters/Id'
    get:
      parameters:
        - { name: fields, in: query, schema: { type: array, items: { enum: [name, mail] } } }
    delete: {}
  /orders/{order}/items:
    get:
      parameters:
        - { name: order, in: path, required: true, schema: { type: string, format: uuid } }
        - { name: page, in: query, required: true, schema: { type: [integer, 'null'], minimum: 1, maximum: 50 } }
        - { name: X-Tenant, in: header, required: true, schema: { type: string } }
        - { name: Authorization, in: header, required: true, schema: { type: string } }
  /find/{words}:
    get:
      parameters:
        - { name: words, in: path, required: true, schema: { type: string, pattern: '^[a-z ]+$', example: 'red shoes/+' } }
  /orders:
    post:
      requestBody:
        required: true
        content:
          application/json:
            schema: { $ref: '#/components/schemas/Order' }
components:
  parameters:
    Id: { name: id, in: path, required: true, schema: { type: integer, format: int64 } }
  schemas:
    Order:
      type: object
      required: [item, amount, lines]
      properties:
        item: { type: string }
        amount: { type: integer, exclusiveMinimum: 0 }
        note: { type: string }
        lines: { type: array, items: { $ref: '#/components/schemas/Order' } }
`

  test('gives its operations, with values that vary where the document lets them', async () => {
    const { kind, requests, read: operations, leftOut } = await read(DOCUMENT)
    expect([kind, operations]).toEqual(['OpenAPI 3.1', 5])
    expect(requests).toEqual([
      ['GET /v2/users/{n}?fields=name', 'GET /v2/users/{n}'],
      ['GET /v2/orders/{uuid}/items?page={random:1-50}'],
      ['GET /v2/find/red%20shoes/%2B'],
    ])
    expect(leftOut.map(({ reason }) => reason)).toEqual([
      'DELETE, which may change state',
      'POST, which may change state',
    ])
  })

  test('gives required headers, but for those that OpenAPI leaves to others, and the host', async () => {
    const { candidates } = await read(DOCUMENT)
    expect(candidates[1]!.attempts[0].headers).toEqual({ Host: 'eu.shop.test', 'X-Tenant': '{n}' })
  })

  test('gives a body that its schema allows, also where a schema holds itself', async () => {
    const { candidates } = await read(DOCUMENT, { unsafe: true })
    const order = candidates.find(({ attempts: [request] }) => request.method === 'POST')!.attempts[0]
    expect(order.headers).toEqual({ Host: 'eu.shop.test', 'Content-Type': 'application/json' })
    expect(JSON.parse(order.body!)).toMatchObject({ item: '{n}', amount: 1, lines: [expect.anything()] })
  })

  test('is the same as JSON, also of 3.0', async () => {
    const document = {
      openapi: '3.0.3',
      info: {},
      paths: {
        '/t/{a}': {
          get: {
            parameters: [
              {
                name: 'a',
                in: 'path',
                required: true,
                schema: { type: 'integer', minimum: 0, exclusiveMinimum: true },
              },
            ],
          },
        },
      },
    }
    const { kind, requests } = await read(JSON.stringify(document, null, 2))
    expect([kind, requests]).toEqual(['OpenAPI 3.0', [['GET /t/{random:1-2147483647}']]])
  })

  test('may have parts in files beside it, and fetches nothing', async () => {
    mkdirSync(join(folder, 'parts'), { recursive: true })
    writeFileSync(join(folder, 'parts/users.yaml'), 'get: { parameters: [] }\n')
    const local = 'openapi: 3.1.0\npaths:\n  /users: { $ref: ./parts/users.yaml }\n'
    expect((await read(local, { name: 'api.yaml' })).requests).toEqual([['GET /users']])
    const remote = 'openapi: 3.1.0\npaths:\n  /users: { $ref: "http://127.0.0.1:9/users.yaml" }\n'
    await expect(read(remote, { name: 'api.yaml' })).rejects.toThrow('the OpenAPI document cannot be read')
  })

  test('of version 2 is refused with the way out', async () => {
    await expect(read('swagger: "2.0"\npaths: {}\n')).rejects.toThrow('OpenAPI 2.0 is not read, 3.0 and 3.1 are')
  })
})
