import { expect, test } from 'vitest-openresty-leak/test'
import { requests } from '../requests.js'

test('the shop keeps nothing of its requests but a bounded cache', async ({ openresty }) => {
  const server = await openresty.start({ conf: '../nginx.conf' })
  const run = await server.measure({ requests })
  expect(run).toHoldHeap()
  expect(run).toStayWithinBudget({ 'package.loaded.shop.product.products': { bound: 200 } })
  expect(run).toMeetThresholds({ errors: 0, non2xx: 0 })
})
