import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeWithEngine } from '../docker.js'
import { scenario } from '../resty-leak.js'
import { aProject, vitest } from '../vitest-project.js'

const GATE = ['vitest.config.ts', 'scenario.test.ts']

/** The example gateway with its gate, in a project of a user. */
async function aGateway(runtime: 'local' | 'container'): Promise<string> {
  const folder = await aProject({})
  await cp(scenario('gateway'), folder, { recursive: true, filter: (path) => !path.endsWith('.json') })
  await replace(join(folder, 'vitest.config.ts'), "'auto'", `'${runtime}'`)
  return folder
}

async function replace(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  expect(text).toContain(from)
  await writeFile(file, text.replace(from, to))
}

test('the gate of the gateway takes fewer than fifteen lines', async () => {
  const texts = await Promise.all(GATE.map((file) => readFile(scenario(`gateway/${file}`), 'utf8')))
  expect(texts.join('').trimEnd().split('\n').length).toBeLessThan(15)
})

// That it passes here without the label is its own scenario.
test('the gateway is caught by its gate once its metrics have a label per request', async () => {
  const folder = await aGateway('local')
  // per request: the look-up that a metric's author adds "just for the dashboard"
  const metrics = join(folder, 'lua/gateway/metrics.lua')
  await replace(metrics, 'local _M = {}', 'local _M = {}\nlocal last_seen = {}')
  await replace(metrics, 'dict:incr("requests:', 'last_seen[ctx.request_id] = ngx.status\n    dict:incr("requests:')
  const leaking = await vitest(folder)
  expect(leaking.text).toMatch(/GC roots => .*gateway\.metrics.* => \^last_seen/)
  expect(leaking.text).toMatch(/strings.*1\.00\/request/)
  expect(leaking.code).toBe(1)
})

describeWithEngine('in a container', () => {
  test('the gateway passes its gate', async () => {
    const { code, text } = await vitest(await aGateway('container'))
    expect(text).toContain('1 passed')
    expect(code).toBe(0)
  })
})
