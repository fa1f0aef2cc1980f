import { expect, test } from 'vitest'
import { refuseUnmeasurable } from '../../../../plugin/load/thresholds/measurable.js'
import { judgeThresholds, parseThresholds } from '../../../../plugin/load/thresholds/thresholds.js'
import type { DriverKind } from '../../../../plugin/types/driver.js'
import type { RoundLoad } from '../../../../plugin/types/load.js'

function refused(key: string, driver: DriverKind): string | undefined {
  const limit = key.startsWith('latency')
    ? '< 20ms'
    : key.startsWith('transfer')
      ? '> 1 MB/s'
      : key.includes('rate')
        ? '> 1/s'
        : 0
  try {
    refuseUnmeasurable(parseThresholds({ [key]: limit }), driver)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

const ALL = [
  'requests.rate',
  'requests.completed',
  'latency.p99',
  'errors',
  'errors.timeout',
  'errors.reset',
  'transfer.rate',
  'non2xx',
  '404',
]

test('each driver is held to what it can measure', () => {
  const measured = (driver: DriverKind) => ALL.filter((key) => refused(key, driver) === undefined)
  expect(measured('requests')).toEqual(ALL)
  expect(measured('work')).toEqual(['requests.rate', 'requests.completed', 'latency.p99', 'errors', 'errors.timeout'])
  expect(measured('command')).toEqual(['requests.rate', 'requests.completed'])
})

test('what cannot be measured is refused with the name, the reason and the way out', () => {
  expect(refused('latency.p99', 'command')).toBe(
    'latency.p99 cannot be measured of a load by command: nginx counts what a command sends, and only the command sees how long each took and what came back. Let the command judge that and end with an exit code other than 0, or make the load by requests.',
  )
  expect(refused('5xx', 'work')).toContain('Let it throw for what it does not want')
  expect(refused('requests.rate{GET /t}', 'work')).toContain(
    'no requests that are known by name. Write requests.rate for all',
  )
})

test('errors of a work are its calls that threw and those that took too long', () => {
  const load = {
    driver: 'work',
    asked: 10,
    completed: 7,
    errors: { connect: 0, reset: 0, timeout: 1, closed: 0 },
    failures: { count: 2, first: [] },
  } as unknown as RoundLoad
  expect(judgeThresholds(load, parseThresholds({ errors: 0, 'errors.timeout': 0 }))).toMatchObject([
    { metric: 'errors', actual: 3 },
    { metric: 'errors.timeout', actual: 1 },
  ])
  expect(judgeThresholds(load, parseThresholds({ errors: '<= 30%' }))).toEqual([])
})
