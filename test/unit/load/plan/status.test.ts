import { expect, test } from 'vitest'
import { allowsStatus, parseStatusRanges } from '../../../../plugin/load/plan/status.js'

test('reads single statuses and ranges', () => {
  expect(parseStatusRanges('200-399,401')).toEqual([
    [200, 399],
    [401, 401],
  ])
  expect(parseStatusRanges(' 404 , 500 - 503 ')).toEqual([
    [404, 404],
    [500, 503],
  ])
})

test.each(['', '2xx', '399-200', '200-', '99', '600', '200,,300'])('refuses %j and says what is legal', (text) => {
  expect(() => parseStatusRanges(text)).toThrow(/is no status range: write statuses from 100 to 599/)
})

test('names the part that is wrong', () => {
  expect(() => parseStatusRanges('200-299,4xx')).toThrow("'4xx' in '200-299,4xx' is no status range")
})

test('allows both ends of a range', () => {
  const allowed = [199, 200, 399, 400].map((status) => allowsStatus([[200, 399]], status))
  expect(allowed).toEqual([false, true, true, false])
})
