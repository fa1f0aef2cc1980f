import { expect, test } from 'vitest'
import { parseRequest } from '../../../../plugin/load/plan/request.js'
import type { RequestInput } from '../../../../plugin/types/request.js'

test('fills in method, weight and name', () => {
  expect(parseRequest('/t?x=1')).toEqual({ name: 'GET /t?x=1', method: 'GET', path: '/t?x=1', weight: 1 })
  expect(parseRequest('post  /t')).toEqual({ name: 'POST /t', method: 'POST', path: '/t', weight: 1 })
})

test('keeps what an object says', () => {
  const request = { name: 'log in', method: 'PUT', path: '/t', headers: { A: 'b' }, body: '{}', weight: 2.5 }
  expect(parseRequest(request)).toEqual(request)
})

test('takes a URL whose port is the conf port', () => {
  expect(parseRequest('https://api.test:8443/t').path).toBe('https://api.test:8443/t')
})

test('takes any method that HTTP allows', () => {
  expect(parseRequest('PURGE /t').method).toBe('PURGE')
})

test.each<[RequestInput, RegExp]>([
  ['', /'' is no request: write '\/path', 'METHOD \/path'/],
  ['GET /a b', /'GET \/a b' is no request/],
  ['t', /'t' is neither a path that begins with \/ nor an http or https URL/],
  ['ftp://x/t', /'ftp:\/\/x\/t' is neither/],
  ['http://', /'http:\/\/' is neither/],
  ['http://me:secret@x/t', /holds a user name: send an Authorization header/],
  ['G(T /t', /method 'G\(T' is no HTTP method/],
  [{ path: '/a b' }, /path "\/a b" holds white space/],
  [{ path: '/t', weight: 0 }, /weight 0 of GET \/t is no share: write a number above 0/],
  [{ path: '/t', weight: Number.NaN }, /weight NaN/],
  [{ path: '/t', headers: { 'a b': 'c' } }, /header name 'a b' is not legal/],
  [{ path: '/t', headers: { A: 'b\r\nC: d' } }, /header A: "b\\r\\nC: d" holds a line end/],
  [{ path: '/t', header: {} } as RequestInput, /option 'header' of a request does not exist: did you mean headers\?/],
  [{} as RequestInput, /path undefined is no path/],
  [42 as unknown as RequestInput, /42 is no request/],
])('refuses %j', (input, message) => {
  expect(() => parseRequest(input)).toThrow(message)
})
