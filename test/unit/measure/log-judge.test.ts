import { describe, expect, test } from 'vitest'
import { failedPhaseFault, initWorkerFault, logNote, withLogQuote } from '../../../plugin/measure/log-judge.js'
import { LogTally } from '../../../plugin/runtime/log/log-tally.js'

const AT = '2026/11/23 19:07:06'
const LIMIT = `${AT} [alert] 7#7: setrlimit(RLIMIT_NOFILE, 20480) failed (1: Operation not permitted)`
const MISSING = `${AT} [error] 7#7: *2 [lua] plugins.lua:9: cannot load stamp: module 'clock' not found`
const LOG_PHASE = `${AT} [error] 7#7: *1 failed to run log_by_lua*: audit.lua:5: no sink`
const HANDLER = `${AT} [error] 7#7: *1 lua entry thread aborted: runtime error: orders.lua:3: no stock`
const TIMER = `${AT} [error] 7#7: *1 lua entry thread aborted: runtime error: sync.lua:3: no peer, context: ngx.timer`
const SAID = `${AT} [error] 7#7: *1 [lua] orders.lua:9: slow`
const INIT_WORKER = `${AT} [error] 7#7: init_worker_by_lua error: boot.lua:5: no\nlistener`

type Times = readonly [entry: string, times: number]

function log(...entries: readonly Times[]) {
  const tally = new LogTally()
  for (const [entry, times] of entries) for (let time = 0; time < times; time++) tally.push(`${entry}\n`)
  return tally.complaints
}

describe('init_worker_by_lua that failed', () => {
  test('is told with its first entry, whole', () => {
    expect(initWorkerFault([], log([INIT_WORKER, 1]))).toBe(
      `init_worker_by_lua failed in a process of nginx: what it sets up is missing, so what would be measured is not the server that the conf means. Mend it first.\nerror log: ${INIT_WORKER}`,
    )
  })

  test('is told with the number of processes', () => {
    expect(initWorkerFault([], log([INIT_WORKER, 4]))).toMatch(
      /failed in 4 processes[\s\S]*the first of 4 such entries: /,
    )
  })

  test('is told once', () => {
    expect(initWorkerFault(log([INIT_WORKER, 1]), log([INIT_WORKER, 1]))).toBeUndefined()
  })
})

describe('Lua code that fails with most requests', () => {
  const load = (completed: number, status = 200) => ({ completed, statuses: { [status]: completed } })
  const fault = (load: Parameters<typeof failedPhaseFault>[1], ...entries: readonly Times[]) =>
    failedPhaseFault('round 1 of 5', load, [], log(...entries))

  test.each([
    ['its log phase', LOG_PHASE],
    ['a timer', TIMER],
    ['its handler, whose answer was expected to be none of an error', HANDLER],
    ['a header filter', `${AT} [error] 7#7: *1 failed to run header_filter_by_lua*: a.lua:5: x`],
    ['too many timers', `${AT} [alert] 7#7: 256 lua_max_running_timers are not enough`],
  ])('is a fault in %s', (_, entry) => {
    expect(fault(load(100), [entry, 100])).toBe(
      `Lua code failed 100 times in round 1 of 5 of 100 requests: another program than the conf's would be measured. Mend it first.\nerror log, the first of 100 such entries: ${entry}`,
    )
  })

  test('is a fault from half of the requests on, all phases together', () => {
    expect(fault(load(100), [LOG_PHASE, 25], [TIMER, 25])).toMatch(/^Lua code failed 50 times/)
    expect(fault(load(100), [LOG_PHASE, 25], [TIMER, 24])).toBeUndefined()
  })

  test('is none where it is the error status that the plan expects', () => {
    expect(fault(load(100, 500), [HANDLER, 100])).toBeUndefined()
    expect(fault({ completed: 100, statuses: { 200: 40, 500: 60 } }, [HANDLER, 60])).toBeUndefined()
  })

  test('is one beside an expected error status where what comes after the answer fails, too', () => {
    expect(fault(load(100, 500), [HANDLER, 100], [LOG_PHASE, 100])).toMatch(
      /^Lua code failed 100 times[\s\S]*log_by_lua/,
    )
  })

  test('is none where Lua code itself logs errors', () => {
    expect(fault(load(100), [SAID, 100])).toBeUndefined()
  })

  test('counts what came since the step before', () => {
    expect(failedPhaseFault('x', load(100), log([LOG_PHASE, 90]), log([LOG_PHASE, 99]))).toBeUndefined()
  })
})

describe('what is said of the log of a run that stands', () => {
  test('is nothing where it has no errors', () => {
    expect(logNote([], log([`${AT} [warn] 7#7: x`, 3], [`${AT} [notice] 7#7: x`, 3]))).toBeUndefined()
  })

  test('is how many errors there were, and the first', () => {
    expect(logNote([], log([SAID, 40], [LOG_PHASE, 1]))).toBe(
      'nginx logged 41 errors during the run, the first: [lua] orders.lua:9: slow',
    )
    expect(logNote([], log([SAID, 1]))).toBe('nginx logged an error during the run: [lua] orders.lua:9: slow')
  })

  test('is also how many came before the first request', () => {
    expect(logNote(log([SAID, 2]), log([SAID, 5]))).toBe(
      "nginx logged 5 errors, 2 of them before the run's first request, the first: [lua] orders.lua:9: slow",
    )
    expect(logNote(log([SAID, 2]), log([SAID, 2]))).toBe(
      "nginx logged 2 errors before the run's first request, the first: [lua] orders.lua:9: slow",
    )
  })

  test("is nginx's own complaint, and beside it the first that Lua logged", () => {
    expect(logNote(log([LIMIT, 4], [MISSING, 1], [SAID, 1]), log([LIMIT, 4], [MISSING, 1], [SAID, 1]))).toBe(
      "nginx logged 6 errors before the run's first request, the first: setrlimit(RLIMIT_NOFILE, 20480) failed (1: Operation not permitted); the first by Lua: [lua] plugins.lua:9: cannot load stamp: module 'clock' not found",
    )
    expect(logNote([], log([LIMIT, 1], [LOG_PHASE, 9]))).toBe(
      'nginx logged 10 errors during the run, the first: setrlimit(RLIMIT_NOFILE, 20480) failed (1: Operation not permitted); the first by Lua: failed to run log_by_lua*: audit.lua:5: no sink',
    )
    expect(logNote([], log([MISSING, 1], [LIMIT, 4]))).toBe(
      "nginx logged 5 errors during the run, the first: [lua] plugins.lua:9: cannot load stamp: module 'clock' not found",
    )
  })

  test('is a crash before all others', () => {
    const note = logNote([], log([SAID, 40], ['nginx: lua atpanic: Lua VM crashed, reason: x', 1]))
    expect(note).toBe('nginx logged 41 errors during the run, the first: nginx: lua atpanic: Lua VM crashed, reason: x')
  })
})

describe('a fault is quoted', () => {
  test('with the first entry, not the last', () => {
    const later = `${AT} [error] 7#7: *2 lua entry thread aborted: runtime error: loop or previous error`
    expect(withLogQuote('x', [], log([HANDLER, 1], [later, 300]))).toBe(
      `x\nerror log, the first of 301 such entries: ${HANDLER}`,
    )
  })

  test('with what a process said last, before what it logged until then', () => {
    const panic = 'nginx: lua atpanic: Lua VM crashed, reason: x'
    const exited = `${AT} [alert] 1#1: worker process 7 exited on signal 6`
    expect(withLogQuote('x', [], log([SAID, 3], [HANDLER, 3], [panic, 1], [exited, 1]))).toBe(
      `x\nerror log, the first of 2 such entries: ${panic}`,
    )
  })

  test("with nginx's own complaint and with what Lua logged, of which neither explains the other", () => {
    expect(withLogQuote('x', [], log([LIMIT, 4], [MISSING, 1], [SAID, 2]))).toBe(
      `x\nerror log, the first of 4 such entries: ${LIMIT}\nerror log, the first of 3 such entries: ${MISSING}`,
    )
    expect(withLogQuote('x', [], log([MISSING, 1], [LIMIT, 1]))).toBe(`x\nerror log: ${LIMIT}\nerror log: ${MISSING}`)
  })

  test('with what came in this step, before what was there', () => {
    expect(withLogQuote('x', log([LOG_PHASE, 1]), log([LOG_PHASE, 1], [SAID, 1]))).toBe(`x\nerror log: ${SAID}`)
    expect(withLogQuote('x', log([LOG_PHASE, 1]), log([LOG_PHASE, 1]))).toBe(`x\nerror log: ${LOG_PHASE}`)
  })

  test('with a warning where there is nothing worse, and with nothing where the log is clean', () => {
    const warning = `${AT} [warn] 7#7: 512 worker_connections are not enough`
    expect(withLogQuote('x', [], log([warning, 1]))).toBe(`x\nerror log: ${warning}`)
    expect(withLogQuote('x', [], [])).toBe('x')
  })

  test('with twenty lines at most', () => {
    const long = `${HANDLER}\n${'\tframe\n'.repeat(40)}`
    expect(withLogQuote('x', [], log([long, 1])).split('\n')).toHaveLength(22)
  })
})
