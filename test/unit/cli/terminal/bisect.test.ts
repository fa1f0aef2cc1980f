import { expect, test } from 'vitest'
import { RuntimeError } from '../../../../plugin/base/runtime-error.js'
import { UsageError } from '../../../../plugin/cli/options/usage.js'
import { bisectCode, bisectCodeOf } from '../../../../plugin/cli/terminal/bisect.js'
import { EXIT } from '../../../../plugin/cli/terminal/exit.js'
import { LoadError } from '../../../../plugin/load/error.js'
import { BaselineError } from '../../../../plugin/measure/baseline-file.js'

test.each([
  ['a heap that holds is good', EXIT.passed, 0],
  ['a leak is bad', EXIT.failed, 1],
  ['what cannot be measured is skipped', EXIT.unmeasured, 125],
  ['wrong arguments end the search', EXIT.usage, 128],
  ['so does the user', EXIT.interrupted, 130],
])('%s', (_, code, git) => {
  expect(bisectCode(code)).toBe(git)
})

const missing = Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' })

test.each([
  ['a conf that this commit lacks', new UsageError('cannot read nginx.conf', { cause: missing }), 125],
  ['a conf that it breaks', new RuntimeError('RUNTIME_CONF_REPLACE', 'replace: x occurs nowhere'), 125],
  ['requests that cannot be read in it', new LoadError('LOAD_SOURCE', 'cannot read requests.txt'), 125],
  ['a baseline that it breaks', new BaselineError('BASELINE_INVALID', 'no JSON'), 125],
  ['an option without a meaning', new UsageError('--amount "many" is not a whole number.'), 128],
  [
    'options that exclude each other',
    new RuntimeError('RUNTIME_OPTIONS', 'image and openresty exclude each other'),
    128,
  ],
  ['a mistake of ours', new TypeError('undefined is not a function'), 128],
])('%s is never called bad', (_, error, code) => {
  expect(bisectCodeOf(error)).toBe(code)
})
