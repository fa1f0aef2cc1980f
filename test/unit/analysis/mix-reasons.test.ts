import { expect, test } from 'vitest'
import { mixReasons } from '../../../plugin/analysis/mix-reasons.js'
import type { RequestMix } from '../../../plugin/types/request.js'

const MIX: RequestMix = {
  from: 'file',
  source: 'access.log',
  kind: 'access log (combined)',
  read: 50_000,
  taken: 41_000,
  leftOut: [],
  notMeasured: [],
}

test('says how much of a file is sent, as how many kinds', () => {
  expect(mixReasons(MIX, 17)).toEqual([
    'requests of access.log (access log (combined)): 41,000 of 50,000 lines, as 17 kinds of request',
  ])
})

test('counts what is left out, shows what came once, and says how to send what may change state', () => {
  const leftOut = [
    { reason: 'POST, which may change state', count: 900, first: 'POST /t' },
    { reason: 'without a request', count: 1, first: '"-" 400' },
  ]
  expect(mixReasons({ ...MIX, leftOut }, 1)[1]).toBe(
    'left out of access.log: 900 POST, which may change state; 1 without a request ("-" 400). --unsafe (in a test unsafe: true) sends what may change state',
  )
})

test('lists what was not measured with its reason, and counts what would be too long', () => {
  const notMeasured = Array.from({ length: 45 }, (_, n) => ({
    request: `GET /${n}`,
    reason: 'answers 401',
    status: 401,
  }))
  const routes: RequestMix = {
    ...MIX,
    from: 'routes',
    source: 'nginx.conf',
    kind: 'nginx conf',
    read: 100,
    taken: 55,
    notMeasured,
  }
  const [first, second] = mixReasons(routes, 55)
  expect(first).toBe('routes of nginx.conf (nginx conf): 55 of 100 locations, as 55 kinds of request')
  expect(second!.split('\n')).toHaveLength(42)
  expect(second).toMatch(/\nGET \/0 {2}answers 401\n[\s\S]*\nand 5 more: see the JSON report$/)
})
