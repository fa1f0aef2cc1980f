import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMBINED, type LogFormat } from '../../../../plugin/load/sources/log/format.js'
import { type ReadOptions, readRequests } from '../../../../plugin/load/sources/read-requests.js'
import { accessLog, FORMATS, type FormatName, HOSTILE_SENT, MIX } from '../../../e2e/sources/access-log.js'

const folder = mkdtempSync(join(tmpdir(), 'sources-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileOf(text: string | Buffer, name = 'access.log'): string {
  const file = join(folder, name)
  writeFileSync(file, text, 'latin1')
  return file
}

const OPTIONS: ReadOptions = {
  unsafe: false,
  expects: (status) => status >= 200 && status < 400,
  formats: [COMBINED],
}

/** The format of a conf, as its own words. */
function formatOf(name: FormatName): LogFormat {
  const text = FORMATS[name]
  if (text === null) return COMBINED
  const manner = text.startsWith('escape=json') ? 'json' : 'default'
  return { name, escape: manner, text: text.slice(text.indexOf("'") + 1, -1) }
}

async function mixOf(text: string, options: Partial<ReadOptions> = {}) {
  const read = await readRequests(fileOf(text), { ...OPTIONS, ...options })
  const weights = Object.fromEntries(
    read.candidates.map(({ attempts: [{ method, path, weight }] }) => [`${method} ${path}`, weight]),
  )
  return { ...read, weights }
}

describe.each(['combined', 'timed', 'structured'] as const)('50,000 lines of a log in the format %s', (format) => {
  const text = accessLog(format, 50_000)
  const options = { formats: [COMBINED, formatOf('timed'), formatOf('structured')] }
  let mix: Awaited<ReturnType<typeof mixOf>>
  beforeAll(async () => {
    mix = await mixOf(text, options)
  }, 60_000)

  test('become the mix they are, by template and weight', () => {
    const { weights, kind } = mix
    expect(kind).toBe(`access log (${format})`)
    for (const [template, share] of Object.entries(MIX)) {
      const expected = (share / 100) * 50_000 + (HOSTILE_SENT[template] ?? 0)
      expect(Math.abs((weights[template] ?? 0) - expected), template).toBeLessThanOrEqual(10)
    }
    const strange = Object.keys(weights).filter((name) => !(name in MIX) && !(name in HOSTILE_SENT))
    expect(strange).toEqual([])
  })

  test('are all counted: what is not sent is left out for a reason', () => {
    const { read, taken, leftOut } = mix
    const omitted = leftOut.reduce((sum, { count }) => sum + count, 0)
    expect(read).toBe(49_999)
    expect(taken + omitted).toBe(read)
    expect(leftOut.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['POST, which may change state', 'DELETE, which may change state', 'answered 404']),
    )
    expect(leftOut.every(({ first = '' }) => /^[\x20-\x7e]{0,130}$/.test(first))).toBe(true)
  })

  test('never become a request that could not stand in HTTP', () => {
    const { candidates } = mix
    for (const { path, method } of candidates.flatMap(({ attempts }) => attempts)) {
      expect(path).toMatch(/^\/[\x21-\x7e]*$/)
      expect(method).toMatch(/^(?:GET|HEAD|OPTIONS)$/)
    }
  })
})

const HEAD = '203.0.113.5 - - [28/Nov/2026:10:00:00 +0000]'

function combined(...requests: readonly (readonly [request: string, status: number])[]): string {
  return requests.map(([request, status]) => `${HEAD} "${request}" ${status} 612 "-" "-"`).join('\n')
}

test('leaves an id alone that never varies', async () => {
  const { weights } = await mixOf(combined(['GET /v/2/users/7 HTTP/1.1', 200], ['GET /v/2/users/8 HTTP/1.1', 200]))
  expect(weights).toEqual({ 'GET /v/2/users/{n}': 2 })
})

test('sees that an id varies from all that lies below it', async () => {
  const { weights } = await mixOf(
    combined(['GET /users/7/orders HTTP/1.1', 200], ['GET /users/8/address HTTP/1.1', 200]),
  )
  expect(weights).toEqual({ 'GET /users/{n}/address': 1, 'GET /users/{n}/orders': 1 })
})

test('keeps what was really asked for beside the template', async () => {
  const { candidates } = await mixOf(combined(['GET /users/7.json HTTP/1.1', 200], ['GET /users/8.json HTTP/1.1', 200]))
  expect(candidates.map(({ attempts }) => attempts.map(({ path }) => path))).toEqual([
    ['/users/{n}.json', '/users/7.json'],
  ])
})

test('takes names for ids where there are more of them than a plan may have requests, and keeps those that come often', async () => {
  const slugs = Array.from({ length: 300 }, (_, n) => [`GET /read/${word(n)} HTTP/1.1`, 200] as const)
  const often = Array.from({ length: 50 }, () => ['GET /read/index HTTP/1.1', 200] as const)
  const { weights } = await mixOf(combined(...slugs, ...often))
  expect(weights).toEqual({ 'GET /read/{n}': 300, 'GET /read/index': 50 })
})

test('keeps routes apart whose names differ by a number', async () => {
  const routes = Array.from({ length: 60 }, (_, n) => [`GET /route-${n} HTTP/1.1`, 200] as const)
  expect(Object.keys((await mixOf(combined(...routes))).weights)).toHaveLength(60)
})

test('keeps what many names share but for a number', async () => {
  const items = Array.from({ length: 400 }, (_, n) => [`GET /buy/item-${n} HTTP/1.1`, 200] as const)
  expect((await mixOf(combined(...items))).weights).toEqual({ 'GET /buy/item-{n}': 400 })
})

test('counts what is too rare to be sent', async () => {
  const paths = Array.from({ length: 250 }, (_, n) => `/${'abcdefghij'[n % 10]}/${word(Math.floor(n / 10))}/${word(n)}`)
  const { candidates, leftOut } = await mixOf(combined(...paths.map((path) => [`GET ${path} HTTP/1.1`, 200] as const)))
  expect(candidates).toHaveLength(100)
  expect(leftOut).toEqual([
    {
      reason: 'too rare to be among the 100 kinds of request that a plan may have',
      count: 150,
      first: expect.any(String),
    },
  ])
})

test('sends what changes state where it is asked to', async () => {
  const log = combined(
    ['POST /orders HTTP/1.1', 201],
    ['DELETE /orders/7 HTTP/1.1', 204],
    ['GET /orders HTTP/1.1', 200],
  )
  expect((await mixOf(log)).weights).toEqual({ 'GET /orders': 1 })
  expect(Object.keys((await mixOf(log, { unsafe: true })).weights).sort()).toEqual([
    'DELETE /orders/7',
    'GET /orders',
    'POST /orders',
  ])
})

test('tells hosts apart, and sends each with its own', async () => {
  const format: LogFormat = { name: 'v', escape: 'default', text: '$host$request_uri $status' }
  const text = 'api.example/t 200\nwww.example/t 200\nwww.example/t 200\n'
  const { candidates } = await mixOf(text, { formats: [format] })
  expect(candidates.map(({ attempts: [request] }) => request)).toEqual([
    { method: 'GET', path: '/t', weight: 2, name: 'GET www.example/t', headers: { Host: 'www.example' } },
    { method: 'GET', path: '/t', weight: 1, name: 'GET api.example/t', headers: { Host: 'api.example' } },
  ])
})

test('reads $uri and $args as one target', async () => {
  const format: LogFormat = { name: 'v', escape: 'none', text: '$request_method $uri$is_args$args $status' }
  const { weights } = await mixOf('GET /t?x=1 200\nGET /t?x=2 200\n', { formats: [format] })
  expect(weights).toEqual({ 'GET /t?x={n}': 2 })
})

test('unpacks a rotated log', async () => {
  const file = fileOf(gzipSync(combined(['GET /t HTTP/1.1', 200])), 'access.log.1.gz')
  expect((await readRequests(file, OPTIONS)).candidates).toHaveLength(1)
})

test('holds no more than its bounds of a log in which nothing comes twice', async () => {
  const lines = Array.from(
    { length: 25_000 },
    (_, n) => `${HEAD} "GET /${word(n)}/${word(n * 7)}?${word(n)} HTTP/1.1" 200 1 "-" "-"`,
  )
  const { candidates, taken, read, leftOut } = await mixOf(lines.join('\n'))
  expect(candidates.length).toBeLessThanOrEqual(100)
  expect(taken + leftOut.reduce((sum, { count }) => sum + count, 0)).toBe(read)
}, 60_000)

test('says what a file begins with that is nothing of what is known', async () => {
  await expect(mixOf('once upon a time\nthere was a log\n')).rejects.toThrow(
    /its first line is "once upon a time"[\s\S]*--log-format/,
  )
})

test('says why nothing of a log can be sent', async () => {
  await expect(mixOf(combined(['POST /t HTTP/1.1', 200]))).rejects.toThrow(
    'access log (combined) without a request that can be sent: 1 POST, which may change state (POST /t)',
  )
})

test('refuses a format that tells no request', async () => {
  const format: LogFormat = { name: 'v', escape: 'default', text: '$status $request_time' }
  await expect(mixOf('200 0.1', { formats: [format] })).rejects.toThrow('it needs $request, $request_uri or $uri')
})

/** A name of letters alone, another for each number. */
function word(n: number): string {
  return `w${[...String(n)].map((digit) => 'abcdefghij'[Number(digit)]).join('')}`
}
