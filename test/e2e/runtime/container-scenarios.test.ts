import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { measure } from '../../../plugin/measure/measure.js'
import { makePlan } from '../../../plugin/measure/plan.js'
import { startContainer } from '../../../plugin/runtime/container/container.js'
import { containersOf, describeWithEngine } from '../docker.js'

const inRepository = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url))

afterEach(async () => {
  expect(await containersOf(process.pid)).toEqual([])
})

describeWithEngine.each(['bookworm', 'trixie'])('in a container of docker/%s.Dockerfile', (suite) => {
  async function run(scenario: string) {
    await using runtime = await startContainer({
      conf: inRepository(`scenarios/${scenario}/nginx.conf`),
      runtime: 'container',
      dockerfile: inRepository(`docker/${suite}.Dockerfile`),
    })
    return await measure(runtime, makePlan({ request: '/t' }))
  }

  test('a module table that grows is the same leak as on this machine', async () => {
    const report = await run('module-table')
    expect(report).toMatchObject({
      verdict: 'leak',
      passed: false,
      reasons: [expect.stringContaining('grew with the requests')],
      runtime: { kind: 'container' },
      growths: [{ class: 'leak', path: 'registry._LOADED.demo.go.^foo[*]', coveredBy: null }],
    })
    expect(report.growths[0]!.types.string!.objectsPerRequest).toBeCloseTo(1, 3)
    expect(report.snapshots.every(({ accounted }) => accounted === 1)).toBe(true)
  })

  test('its fixed version is clean', async () => {
    expect(await run('module-table-fixed')).toMatchObject({
      verdict: 'ok',
      passed: true,
      reasons: [expect.stringContaining('no path kept growing'), expect.stringContaining('leaks per key')],
      growths: [],
    })
  })
})
