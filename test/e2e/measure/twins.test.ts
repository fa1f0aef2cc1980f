import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { measure } from '../../../plugin/measure/measure.js'
import { makePlan } from '../../../plugin/measure/plan.js'
import { bootRuntime } from '../../../plugin/runtime/boot.js'
import type { Plan } from '../../../plugin/types/plan.js'

const scenarios = fileURLToPath(new URL('../../../scenarios/', import.meta.url))
const fixed = readdirSync(scenarios).filter((name) => name.endsWith('-fixed'))
/** Those that leak in their conf alone have no modules to swap; those of another protocol have no `/t`. */
const pairs = fixed
  .map((name) => name.slice(0, -'-fixed'.length))
  .filter((name) => existsSync(`${scenarios}${name}/lua`))
  .filter((name) => readFileSync(`${scenarios}${name}/nginx.conf`, 'utf8').includes('location = /t {'))

/** Small, but with a warm-up that fills what is bounded: none of the twins holds more than 1000. */
const small = {
  request: '/t?name=foo&user={n}&id={n}&kid={n}',
  warmup: 1503,
  rounds: [800, 400, 900],
  confirm: [1000, 1500],
  idleMs: 50,
  drainMs: 50,
}

/** What grows by reload alone is measured so. */
function planOf(pair: string): Plan {
  const reload = readFileSync(`${scenarios}${pair}/scenario.test.ts`, 'utf8').includes('reload: true')
  return makePlan({ ...small, reload })
}

/** Measures one scenario's conf with the Lua modules of another. */
async function verdictOf(conf: string, lua: string, plan: Plan): Promise<string> {
  await using runtime = await bootRuntime({
    conf: `${scenarios}${conf}/nginx.conf`,
    prefix: `${scenarios}${lua}`,
    runtime: 'local',
  })
  const run = await measure(runtime, plan)
  return run.verdict
}

function expectedOf(scenario: string): string {
  return JSON.parse(readFileSync(`${scenarios}${scenario}/expected.json`, 'utf8')).verdict
}

describe.each(pairs)('%s and its fixed twin', (pair) => {
  test('swap their verdicts with their Lua modules', async () => {
    const plan = planOf(pair)
    const swapped = [await verdictOf(pair, `${pair}-fixed`, plan), await verdictOf(`${pair}-fixed`, pair, plan)]
    expect(swapped).toEqual([expectedOf(`${pair}-fixed`), expectedOf(pair)])
    expect(swapped).toEqual(['ok', expect.stringMatching(/^(?:leak|invalid)$/)])
  })
})
