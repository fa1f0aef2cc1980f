import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { RunSettings } from '../../../../plugin/cli/options/run-options.js'
import { measureOrReport } from '../../../../plugin/cli/run/measure-or-report.js'
import { parseThresholds } from '../../../../plugin/load/thresholds/thresholds.js'
import { makePlan } from '../../../../plugin/measure/plan.js'
import type { Plan } from '../../../../plugin/types/plan.js'
import type { Runtime } from '../../../../plugin/types/runtime.js'
import { snapshot } from '../../heap/build.js'
import { aTerminal } from '../terminal.js'

/** Something that one side waits for and the other gives. */
function aSignal() {
  let give = () => {}
  const given = new Promise<void>((resolve) => {
    give = resolve
  })
  return { given, give }
}

/** A server whose heap never changes. @param end what ending it takes */
function aServer(end: () => Promise<void>): Runtime {
  let ending: Promise<void> | undefined
  const server: Partial<Runtime> = {
    kind: 'local',
    description: 'simulated',
    url: 'http://127.0.0.1:1',
    listens: null,
    notices: [],
    workers: async () => [{ pid: 7 }],
    others: async () => [],
    complaints: async () => null,
    counters: async () => null,
    snapshot: async () =>
      snapshot(
        { 'globals.a': { table: 1 } },
        { timers: { pending: 0, dueMs: [], ofConnections: 0, ofModules: 0 }, open: 0 },
      ),
    [Symbol.asyncDispose]: () => (ending ??= end()),
  }
  return server as Runtime
}

/** Runs it with work that does nothing. @param judge called when the report is made */
function run(server: Runtime, judge: () => never[]) {
  const plan: Plan = makePlan({ work: async () => {}, connections: 1, warmup: 1, rounds: [20, 10, 30], settleMs: 0 })
  const settings: RunSettings = {
    server: { title: 'nginx.conf', folder: '/', boot: { conf: '/nginx.conf', runtime: 'auto' } },
    plan: { ...plan, budgets: Object.assign([], { filter: judge }) },
    exploration: undefined,
    thresholds: parseThresholds({}),
    baseline: undefined,
    selfCheck: false,
    loadSummary: false,
    bisect: false,
    files: {},
  }
  return measureOrReport(settings, aTerminal(), new AbortController().signal, async () => server)
}

test('the server is told to end before the report is made, and has ended when that is told', async () => {
  const seen: string[] = []
  const gate = aSignal()
  const server = aServer(async () => {
    seen.push('told to end')
    await gate.given
    seen.push('ended')
  })
  const judged = aSignal()
  const judge = () => {
    if (!seen.includes('judged')) seen.push('judged')
    judged.give()
    return []
  }
  const told = run(server, judge).then(({ report }) => seen.push(`told: ${report.verdict}`))
  await judged.given
  for (let turns = 0; turns < 20; turns++) await turn()
  seen.push('still ending')
  gate.give()
  await told
  expect(seen).toEqual(['told to end', 'judged', 'still ending', 'ended', 'told: ok'])
})

test('a report that cannot be made leaves no server', async () => {
  const seen: string[] = []
  const server = aServer(async () => {
    await turn()
    seen.push('ended')
  })
  const { failure } = await run(server, () => {
    throw new Error('a mistake of ours')
  })
  expect({ seen, failure }).toEqual({ seen: ['ended'], failure: expect.stringContaining('a mistake of ours') })
})

test('a server that does not end is told in place of its report', async () => {
  const server = aServer(async () => {
    throw Object.assign(new Error('nginx does not end'), { code: 'WALKER_FAILED' })
  })
  const { report, failure } = await run(server, () => [])
  expect({ verdict: report.verdict, failure }).toEqual({ verdict: 'invalid', failure: 'nginx does not end' })
})
