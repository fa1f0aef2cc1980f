import { expect, test } from 'vitest'
import { headline } from '../../../plugin/report/terminal/headline.js'
import { palette } from '../../../plugin/report/terminal/palette.js'
import { reportText } from '../../../plugin/report/terminal/text.js'
import { secondTryError } from '../../../plugin/vitest/second-try.js'
import { aLeak, aReport } from '../report/build.js'

const leak = aLeak()
const failed = { retryCount: 1, errors: [{ message: reportText(leak) }] }

test('a test that failed for a leak is not measured again', () => {
  expect(secondTryError(failed, [leak])?.message).toContain(
    `not measured again, since the try before has found it: ${headline(leak, palette(false))}.`,
  )
})

test.each([
  ['the first try', { errors: failed.errors }, [leak]],
  ['one that failed for something else', { retryCount: 1, errors: [{ message: 'latency.p99' }] }, [leak]],
  ['one that measured nothing', failed, []],
  ['one that could not be measured', failed, [aReport({ verdict: 'invalid', passed: false, reasons: ['x'] })]],
  ['one whose leak is accepted', failed, [aLeak(undefined, { passed: true })]],
])('%s is', (_, tries, reports) => {
  expect(secondTryError(tries, reports)).toBeUndefined()
})
