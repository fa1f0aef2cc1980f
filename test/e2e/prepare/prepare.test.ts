import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { aFolder, restyLeak } from '../resty-leak.js'
import { anApplication, KEEPS, MAKE } from './application.js'

const SMALL = ['--amount', '1500', '--warmup', '200', '--idle', '50ms', '--drain', '100ms']

async function timesMade(folder: string): Promise<number> {
  return (await readFile(join(folder, 'made'), 'utf8')).trim().split('\n').length
}

test('a conf that a command makes is measured, and the line that adds is one of its files', async () => {
  const cwd = await anApplication()
  const requests = ['--request', '/order?id={n}', '--request', '/broker']
  const { code, report, left } = await restyLeak(
    ['run', 'nginx.conf', '--runtime', 'local', '--prepare', MAKE, ...requests, ...SMALL],
    { cwd },
  )
  expect(code).toBe(1)
  const [growth] = report!.growths
  expect(growth).toMatchObject({ path: 'registry._LOADED.orders.kept[*]', file: 'lua/orders.lua' })
  expect(growth!.addedAt).toMatchObject([
    { file: 'lua/orders.lua', line: 3, excerpt: { lines: expect.arrayContaining([`  ${KEEPS}`]) } },
  ])
  expect(await timesMade(cwd)).toBe(2)
  expect(left).toEqual([])
})

test('locations are read from the conf that the command makes', async () => {
  const cwd = await anApplication('return id')
  const { code, report } = await restyLeak(
    ['run', 'nginx.conf', '--runtime', 'local', '--prepare', MAKE, '--all-routes', ...SMALL],
    { cwd },
  )
  expect(report).toMatchObject({
    verdict: 'ok',
    load: { byRequest: { 'GET /order': {}, 'GET /broker': {} } },
  })
  expect(code).toBe(0)
})

test('each side of a comparison makes its own conf of its own files', async () => {
  const [base, head] = [await anApplication('return id'), await anApplication()]
  const { code, out, left } = await restyLeak(
    [
      ...['compare', 'nginx.conf', '--base', base, '--head', head, '--runtime', 'local', '--prepare', MAKE],
      ...['--request', '/order?id={n}', '--request', '/broker', '--rounds', '0', '--amount', '1500', '--warmup', '200'],
    ],
    { json: false },
  )
  expect(out).toMatch(/orders.*kept/)
  expect(code).toBe(1)
  expect([await timesMade(base), await timesMade(head)]).toEqual([1, 1])
  expect(left).toEqual([])
})

test('a command that fails ends the run with what it said, and nothing is left', async () => {
  const cwd = await aFolder()
  const { code, err, left } = await restyLeak(
    ['run', 'nginx.conf', '--prepare', 'echo no database >&2; exit 7', '--request', '/'],
    { cwd },
  )
  expect(code).toBe(3)
  expect(err).toContain(
    'prepare ended with code 7, so there is no conf to start: echo no database >&2; exit 7\nno database\n',
  )
  expect(left).toEqual([])
})

test('a conf outside of the folder that the command fills is refused before anything starts', async () => {
  const cwd = await anApplication()
  const outside = join(cwd, 'nginx.conf.in')
  const { code, err } = await restyLeak(['run', outside, '--prepare', MAKE, '--request', '/'], { cwd })
  expect(code).toBe(2)
  expect(err).toContain(
    `the conf is a path within $PREFIX, the folder that prepare fills, such as nginx.conf; ${outside} is not.`,
  )
})
