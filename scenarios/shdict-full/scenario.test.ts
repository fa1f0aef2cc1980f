import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('a full dictionary that throws out what never expires is no leak, and says so aloud', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t?session={n}' })

  expect(run).toHoldHeap()
  expect(run.reasons.join('\n')).toMatch(/zone sessions is full: [\d,]+ entries that never expire were thrown out/)
  expect(seen(run, expected)).toEqual(expected)
})
