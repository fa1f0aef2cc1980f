import type { PlanInput } from 'vitest-openresty-leak'
import { expect, test } from 'vitest-openresty-leak/test'
import { type Expected, seen } from './seen.js'

/** Modules of `plants/NAME` go before those of `lua`: each folder has those that a mistake is in. */
function planted(name: string): [string, string] {
  return ['$prefix/lua/?.lua', `$prefix/plants/${name}/?.lua;$prefix/lua/?.lua`]
}

/**
 * A test for each plant, which has to be found as its expectation says.
 * @param few those that are tried where SCENARIOS_PLANTS is not `all`
 */
export function testPlants<Name extends string>(
  plans: Readonly<Record<Name, PlanInput>>,
  expected: Readonly<Record<Name, Expected>>,
  few: readonly NoInfer<Name>[],
): void {
  const all = Object.keys(plans) as Name[]
  const names = process.env.SCENARIOS_PLANTS === 'all' ? all : few
  test.for(names)('the gate finds what is planted: %s', async (name, { openresty, task }) => {
    Object.assign(task.meta, { plant: name })
    const server = await openresty.start({ conf: 'nginx.conf', replace: [planted(name)] })
    const run = await server.measure(plans[name])

    expect(run).not.toHoldHeap()
    expect(seen(run, expected[name])).toEqual(expected[name])
  })
}
