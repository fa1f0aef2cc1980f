import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { EXIT } from '../../plugin/cli/terminal/exit.js'
import { makePlan } from '../../plugin/measure/plan.js'
import type { PlanInput } from '../../plugin/measure/plan-options.js'
import { DEFAULT_IMAGE } from '../../plugin/runtime/container/container-image.js'
import { OpenrestyFixture, type StartOptions } from '../../plugin/vitest/fixture.js'
import { checkOptions, DEFAULT_REPORTS, type OpenrestyLeakOptions } from '../../plugin/vitest/options.js'
import { makeWatchPlan, type WatchInput } from '../../plugin/watch/watch-plan.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const page = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')
const API = page('docs/api.md')

/** The table below this heading of docs/api.md: default by option. */
function table(heading: string): Map<string, string> {
  const [, rows = ''] =
    API.slice(API.indexOf(`\n## ${heading}\n`)).match(/\n\| option .*\n\|[-| ]+\|\n((?:\|.*\n)+)/) ?? []
  const cells = rows
    .trim()
    .split('\n')
    .map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()))
  return new Map(cells.map(([, name = '', , given = '']) => [name.replaceAll('`', ''), given]))
}

const numbers = (text = '') => [...text.replaceAll(',', '').matchAll(/\d+/g)].map(([number]) => Number(number))

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

describe('docs/api.md', () => {
  test('lists the options that the plugin has', () => {
    const options = table('openrestyLeak(options)')
    expect([...options.keys()].sort()).toEqual(legal(() => checkOptions({ nonsense: true } as OpenrestyLeakOptions)))
    expect(options.get('image')).toBe(`\`${DEFAULT_IMAGE}\``)
    expect(options.get('reports')).toBe(`\`${DEFAULT_REPORTS}\``)
  })

  test('lists the options of a measurement, with their defaults', () => {
    const options = table('server.measure(options)')
    expect([...options.keys()].sort()).toEqual(legal(() => makePlan({ nonsense: true } as PlanInput)))
    const plan = makePlan({})
    expect(numbers(options.get('amount'))).toEqual([plan.rounds.reduce((sum, round) => sum + round)])
    expect(numbers(options.get('rounds'))).toEqual([plan.rounds.length, ...plan.rounds])
    for (const name of ['connections', 'warmup', 'idleMs', 'settleMs', 'drainMs'] as const)
      expect(numbers(options.get(name)), name).toEqual([plan[name]])
    for (const name of ['confirm', 'further'] as const) expect(numbers(options.get(name)), name).toEqual(plan[name])
    const { timeoutS } = makePlan({ command: 'true' })
    expect(numbers(options.get('timeoutS'))).toEqual([plan.timeoutS, timeoutS])
  })

  test('lists the options of a start and of a watch', async () => {
    const fixture = new OpenrestyFixture({
      testFile: '/repo/demo.leak.test.ts',
      testName: 'demo',
      defaults: {},
      signal: new AbortController().signal,
      record: () => {},
    })
    const refusal: unknown = await fixture.start({ conf: 'x', nonsense: true } as StartOptions).catch((error) => error)
    expect([...table('openresty.start(options)').keys()].sort()).toEqual(
      legal(() => {
        throw refusal
      }),
    )
    expect([...table('openresty.watch(options)').keys()].sort()).toEqual(
      legal(() => makeWatchPlan({ nonsense: true } as WatchInput)),
    )
  })
})

test('the README shows examples/basic as it is', () => {
  const readme = page('README.md')
  const shown = (after: string) => /```\w*\n(.*?\n)```/s.exec(readme.slice(readme.indexOf(after)))?.[1]
  for (const file of ['vitest.config.ts', 'demo.leak.test.ts', 'nginx.conf'])
    expect(shown(`<!-- ${file} -->`), file).toBe(page(`examples/basic/${file}`))
  expect(shown('With this `lua/demo.lua`')).toBe(page('examples/basic/lua/demo.lua'))
})

test.each(['basic', 'projects'])('examples/%s asks for this version of the package', (name) => {
  const { devDependencies } = JSON.parse(page(`examples/${name}/package.json`))
  const { version, devDependencies: own } = JSON.parse(page('package.json'))
  expect(devDependencies).toEqual({ vitest: own.vitest, 'vitest-openresty-leak': `^${version}` })
})

test('the README links to what the package holds', async () => {
  const { stdout } = await execa('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT })
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }]
  const held = (link: string) => files.some(({ path }) => path === link || path.startsWith(`${link}/`))
  const links = [...page('README.md').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => link!)
  expect(links.length).toBeGreaterThan(10)
  expect(links.filter((link) => !held(link))).toEqual([])
  expect(files.filter(({ path }) => /^docs\/(?:dist|site|reference)\//.test(path))).toEqual([])
}, 60_000)

test('docs/commands.md lists the exit codes', () => {
  const codes = [...page('docs/commands.md').matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code))
  expect(codes).toEqual(Object.values(EXIT))
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
