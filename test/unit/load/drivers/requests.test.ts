import { expect, test } from 'vitest'
import type { DriverTarget } from '../../../../plugin/load/drivers/driver.js'
import { requestsDriver } from '../../../../plugin/load/drivers/requests.js'
import type { LoadPlan } from '../../../../plugin/types/load.js'

const TARGET = { url: 'http://127.0.0.1:1' } as DriverTarget

test('a round of requests is the plan with the amount, the connections and the numbers of that round', async () => {
  const sent: LoadPlan[] = []
  const driver = requestsDriver(
    { keepAlive: true, expectStatus: [[200, 399]], timeoutS: 10, protocol: 'h2c', streams: 2 },
    async (_, plan) => {
      sent.push(plan)
      return { asked: plan.amount, completed: plan.amount, protocol: 'h2c' } as never
    },
  )
  const requests = [{ path: '/t' }]
  const result = await driver.drive(TARGET, { requests, amount: 7, connections: 2, firstNumber: 30, number: 1 })

  expect(result).toEqual({ asked: 7, completed: 7, driver: 'requests', protocol: 'h2c' })
  expect(sent).toEqual([
    {
      requests,
      amount: 7,
      connections: 2,
      firstNumber: 30,
      keepAlive: true,
      expectStatus: [[200, 399]],
      timeoutS: 10,
      protocol: 'h2c',
      streams: 2,
    },
  ])
})
