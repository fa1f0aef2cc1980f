import { expect, test } from 'vitest'
import { compileProgram } from '../c-program.js'

const PARTS = [
  ...['freeze/clone', 'freeze/freeze', 'freeze/inject', 'freeze/room', 'freeze/stop', 'freeze/watchdog'],
  ...['target/areas', 'target/core', 'target/core-notes', 'target/core-segments', 'target/maps', 'target/memory'],
  ...['target/pagemap', 'target/process', 'target/threads', 'base/clock', 'base/error', 'base/json', 'base/list'],
]
/** More calls than this are made from the first stop to the last, and a death is tried at each. */
const LEAST_DEATHS = 40

test.runIf(process.arch === 'x64')(
  'a process runs on as it was, idle or busy, at whatever call the one that clones it dies, and the clone never runs',
  () => {
    using deaths = compileProgram('cloning/deaths', PARTS)
    for (const how of ['parked', 'busy']) {
      const { status, stdout } = deaths.run([how])
      expect(stdout).toMatch(/^\d+\n$/)
      expect(Number(stdout)).toBeGreaterThan(LEAST_DEATHS)
      expect(status).toBe(0)
    }
  },
  60_000,
)
