import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { makePlan } from '../../../plugin/measure/plan.js'
import type { PlanInput } from '../../../plugin/measure/plan-options.js'
import { PLAN_OPTIONS, type PlanOption } from '../../../plugin/measure/plan-options.js'

const DECLARED: [string, PlanOption][] = Object.entries(PLAN_OPTIONS)
const SOURCES = ['plan-options', 'driver-plan'].map((file) =>
  readFileSync(new URL(`../../../plugin/measure/${file}.ts`, import.meta.url), 'utf8'),
)

/** What stands above each option in the editor of who writes a test. */
const DOCS = new Map(
  SOURCES.flatMap((source) =>
    [...source.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\n {2}readonly (\w+)\?:/gs)].map(([, text, name]) => [
      name!,
      text!.replace(/\s*\n\s*\* ?/g, ' '),
    ]),
  ),
)

/** A default as prose has it. */
function prose(value: NonNullable<PlanOption['default']>): string {
  if (value === 0) return 'none'
  if (typeof value === 'string') return `\`'${value}'\``
  return Array.isArray(value) ? value.join(', ').replace(/, (\d+)$/, ' and $1') : String(value)
}

describe('the declared options', () => {
  test.each(DECLARED.filter(([, option]) => option.default !== undefined))(
    '%s has its default in its description',
    (name, option) => {
      expect(DOCS.get(name)).toMatch(new RegExp(`Default (?:\\d+ rounds of )?${prose(option.default!)}`))
      if (option.ofCommand !== undefined) expect(DOCS.get(name)).toContain(`for a command ${option.ofCommand}`)
    },
  )

  test('together have the requests that the planned rounds have', () => {
    const { amount, rounds } = PLAN_OPTIONS
    expect(rounds.default.reduce((sum, requests) => sum + requests)).toBe(amount.default)
    expect(makePlan({ amount: amount.default })).toEqual(makePlan({}))
  })

  test.each(DECLARED.filter(([, { kind }]) => kind !== 'own' && kind !== 'text'))(
    '%s refuses what is not of its kind',
    (name) => {
      expect(() => makePlan({ [name]: ['x'] } as PlanInput)).toThrow(new RegExp(`^${name} \\["x"\\] is no`))
    },
  )
})
