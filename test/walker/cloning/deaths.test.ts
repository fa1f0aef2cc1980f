import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CProgram, compileProgram } from '../c-program.js'

const PARTS = [
  ...['freeze/clone', 'freeze/freeze', 'freeze/inject', 'freeze/room', 'freeze/stop', 'freeze/watchdog'],
  ...['target/areas', 'target/core', 'target/core-notes', 'target/core-segments', 'target/maps', 'target/memory'],
  ...['target/pagemap', 'target/process', 'target/threads', 'base/clock', 'base/error', 'base/json', 'base/line', 'base/list'],
]
/** More calls than this are made from the first stop to the last, and a death is tried at each. */
const LEAST_DEATHS = 40

describe.runIf(process.arch === 'x64')('a process that is cloned', () => {
  let deaths: CProgram | undefined
  beforeAll(() => {
    deaths = compileProgram('cloning/deaths', PARTS)
  }, 60_000)
  afterAll(() => deaths?.[Symbol.dispose]())

  test.each(['parked', 'busy'])(
    'runs on as it was (%s), at whatever call the one that clones it dies, and the clone never runs',
    (how) => {
      const { status, stdout } = deaths!.run([how])
      expect(stdout).toMatch(/^\d+\n$/)
      expect(Number(stdout)).toBeGreaterThan(LEAST_DEATHS)
      expect(status).toBe(0)
    },
    60_000,
  )

  test('keeps the number of the clone where it does not come to rest, and runs on', () => {
    expect(deaths!.run(['zombie'])).toEqual({ status: 0, stdout: 'a zombie\n', stderr: '' })
  })
})
