import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { measure } from '../../../plugin/measure/measure.js'
import { makePlan } from '../../../plugin/measure/plan.js'
import { bootRuntime } from '../../../plugin/runtime/boot.js'

const conf = fileURLToPath(new URL('../../../scenarios/module-table/nginx.conf', import.meta.url))
const plan = makePlan({
  request: '/t',
  rounds: [800, 400, 900],
  confirm: [1000, 1500],
  warmup: 500,
  idleMs: 50,
  drainMs: 50,
})

test('finds the table that a module never clears, exact to the object, in all workers together', async () => {
  await using runtime = await bootRuntime({ conf, runtime: 'local', workers: 2 })
  const run = await measure(runtime, plan)
  expect(run).toMatchObject({
    verdict: 'leak',
    requests: { asked: 2100, completed: 2100, counter: 2100 },
    growths: [
      {
        path: 'registry._LOADED.demo.go.^foo[*]',
        source: 'demo.lua:4',
        rounds: [800, 400, 900, 1000, 1500],
        objectsPerRequest: 1,
        entriesPerRequest: 1,
        types: { string: { objects: 2100, objectsPerRequest: 1 } },
      },
    ],
  })
  expect(run.growths).toHaveLength(1)
  expect(run.snapshots.every(({ accounted }) => accounted === 1)).toBe(true)
})

test('a worker that is killed makes the run invalid, with what was seen before', async () => {
  await using runtime = await bootRuntime({ conf, runtime: 'local' })
  const [worker] = await runtime.workers()
  const onStep = (step: string) => {
    if (step.startsWith('round 2')) process.kill(worker!.pid, 'SIGKILL')
  }
  const run = await measure(runtime, plan, { onStep })
  expect(run).toMatchObject({ verdict: 'invalid', passed: false })
  expect(run.reasons[0]).toMatch(new RegExp(`worker ${worker!.pid} was lost in round 2 of 3`))
  expect(run.snapshots).toHaveLength(3)
})

test('a status that was not expected is named with the error log', async () => {
  await using runtime = await bootRuntime({ conf, runtime: 'local' })
  const run = await measure(runtime, { ...plan, requests: [{ path: '/missing' }] })
  expect(run.verdict).toBe('invalid')
  expect(run.reasons[0]).toMatch(
    /^unexpected status of GET \/missing: 404 .*; expected 200-399\.[\s\S]*error log: .*missing/,
  )
})
