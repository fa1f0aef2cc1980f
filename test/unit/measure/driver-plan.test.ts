import { expect, test } from 'vitest'
import { type DriverInput, driverPlanOf, underDefaults } from '../../../plugin/measure/driver-plan.js'
import { makePlan } from '../../../plugin/measure/plan.js'
import type { PlanInput } from '../../../plugin/measure/plan-options.js'

const work = async () => {}

test('the load is made by requests, by a work or by a command', () => {
  expect(driverPlanOf({ request: '/t' })).toEqual({ kind: 'requests' })
  expect(driverPlanOf({})).toEqual({ kind: 'requests' })
  expect(driverPlanOf({ work })).toEqual({ kind: 'work', work })
  expect(driverPlanOf({ command: ['wrk', '$URL'] })).toMatchObject({ kind: 'command', text: 'wrk $URL' })
})

test.each<[DriverInput & PlanInput, string]>([
  [{ request: '/t', work }, 'request and work exclude each other: each of them says who makes the load'],
  [{ work, command: 'a' }, 'work and command exclude each other'],
  [{ work: 'a' as never }, 'work "a" is no function'],
  [{ request: '/t', shell: true }, 'shell is for a command; leave it out'],
  [{ work, keepAlive: false }, 'keepAlive is for requests: a work opens and closes its own connections'],
  [{ work, expectStatus: '200' }, 'expectStatus is for requests: a work throws'],
  [{ command: 'a', connections: 3 }, 'connections is for requests and work: a command opens its own connections'],
  [{ command: 'a', expectStatus: '200' }, 'expectStatus is for requests: a command'],
])('%o is refused', (input, message) => {
  expect(() => driverPlanOf(input)).toThrow(message)
})

test('what growth is counted by follows from who makes the load', () => {
  const per = (input: PlanInput) => makePlan(input).per
  expect([per({ request: '/t' }), per({ work }), per({ command: 'a' })]).toEqual(['request', 'call', 'request'])
  expect([per({ work, per: 'connection' }), per({ work, reload: true })]).toEqual(['connection', 'reload'])
})

test('a command has two minutes for a round, and a call ten seconds', () => {
  expect([makePlan({ command: 'a' }).timeoutS, makePlan({ work }).timeoutS]).toEqual([120, 10])
  expect(makePlan({ command: 'a', timeoutS: 3 }).timeoutS).toBe(3)
})

test('a driver of a test takes the place of the one in the defaults, with the options that were for that', () => {
  const defaults: PlanInput = { request: '/t', connections: 5, expectStatus: '200', amount: 100 }
  expect(underDefaults<PlanInput>(defaults, { command: 'a' })).toEqual({ amount: 100, command: 'a' })
  expect(underDefaults<PlanInput>(defaults, { work })).toEqual({ connections: 5, amount: 100, work })
  expect(underDefaults<PlanInput>({ command: 'a', shell: true }, { request: '/' })).toEqual({ request: '/' })
  expect(underDefaults<PlanInput>(defaults, { amount: 9 })).toEqual({ ...defaults, amount: 9 })
})
