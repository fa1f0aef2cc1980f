import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { EXIT } from '../../plugin/cli/terminal/exit.js'
import { makePlan, type PlanInput } from '../../plugin/measure/plan.js'
import { PLAN_OPTIONS, type PlanOption } from '../../plugin/measure/plan-options.js'
import { DEFAULT_IMAGE } from '../../plugin/runtime/container/container-image.js'
import { checkOptions, DEFAULT_REPORTS, type OpenrestyLeakOptions } from '../../plugin/vitest/options.js'

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** The rows of the table after these words: the names in the first cell, and the second cell. */
function table(after: string): Map<string, string> {
  const [, rows = ''] = README.slice(README.indexOf(after)).match(/\n\|[-| ]+\|\n((?:\|.*\n)+)/) ?? []
  const cells = rows
    .trim()
    .split('\n')
    .map((row) => row.split('|').map((cell) => cell.trim()))
  return new Map(
    cells.flatMap(([, names = '', second = '']) =>
      [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => [name!, second]),
    ),
  )
}

/** The options that a refusal of another one names. */
function legal(refused: () => unknown): string[] {
  try {
    refused()
  } catch (error) {
    const [, names = ''] = /Legal: (.*)$/.exec((error as Error).message) ?? []
    return names.replace(/\.$/, '').split(', ').sort()
  }
  throw new Error('an option that does not exist was accepted')
}

describe('the README', () => {
  test('lists the options that the plugin has', () => {
    const options = table('`openrestyLeak({ ... })`')
    expect([...options.keys()].sort()).toEqual(legal(() => checkOptions({ nonsense: true } as OpenrestyLeakOptions)))
    expect(options.get('image')).toBe(`\`'${DEFAULT_IMAGE}'\``)
    expect(options.get('reports')).toBe(`\`'${DEFAULT_REPORTS}'\``)
  })

  test('lists the options of a measurement, with their defaults', () => {
    const options = table('`server.measure({ ... })`')
    expect([...options.keys()].sort()).toEqual(legal(() => makePlan({ nonsense: true } as PlanInput)))
    for (const [name, option] of Object.entries<PlanOption>(PLAN_OPTIONS)) {
      if (option.default === undefined || option.default === 0) continue
      expect(options.get(name)?.replaceAll(/[`']/g, '').split(', '), name).toContain(
        Array.isArray(option.default) ? String(option.default.length) : String(option.default),
      )
    }
    const wait = options.get('timeoutS')?.split(', ')
    expect(wait).toEqual(
      (['timeoutS', 'idleMs', 'settleMs', 'drainMs'] as const).map((name) => String(PLAN_OPTIONS[name].default)),
    )
  })

  test('lists the exit codes', () => {
    const codes = [...README.slice(README.indexOf('Exit codes:')).matchAll(/^\| (\d+) \|/gm)].map(([, code]) =>
      Number(code),
    )
    expect(codes).toEqual(Object.values(EXIT))
  })
})

test('ARCHITECTURE.md names files that exist', () => {
  const text = readFileSync(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8')
  const files = ['plugin', 'nginx', 'test'].flatMap((folder) =>
    readdirSync(new URL(`../../${folder}`, import.meta.url), { recursive: true, encoding: 'utf8' }).map(
      (file) => `${folder}/${file}`,
    ),
  )
  const named = [...text.matchAll(/`([\w./-]+\.(?:ts|c|md))`/g)].map(([, name]) => name!)
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((name) => !files.some((file) => `/${file}`.endsWith(`/${name}`)))).toEqual([])
})
