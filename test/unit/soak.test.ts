import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { expect, test } from 'vitest'

const here = (path: string) => new URL(path, import.meta.url)
const { whatIsWrong } = await import(here('../soak/verdict.mjs').href)
const { PLANTS } = await import(here('../soak/plants.mjs').href)
const { PATTERNS } = await import(here('../soak/patterns.mjs').href)

async function draw(...args: string[]) {
  const { stdout } = await execa(process.execPath, [fileURLToPath(here('../soak.mjs')), '--draw', ...args])
  return stdout.split('\n')
}

const report = (verdict: string, growths: object[] = [], offHeap: object[] = []) => ({
  verdict,
  growths,
  process: { growths: offHeap },
})
const rows = { class: 'leak', path: 'registry._LOADED.planted.serve.^keep.^rows[*]' }
const plant = { name: 'upvalue-list', path: '^rows' }

test('a seed draws the same applications each time, and another one others', async () => {
  const [once, again, other] = await Promise.all([
    draw('--seed', '7', '--runs', '30'),
    draw('--seed', '7', '--runs', '30'),
    draw('--seed', '8', '--runs', '30'),
  ])
  expect(again).toEqual(once)
  expect(new Set([...once, ...other]).size).toBe(60)
})

test('the seventeenth application is the same without those before it', async () => {
  const [all, one] = await Promise.all([draw('--runs', '17'), draw('--from', '17', '--runs', '1')])
  expect(one).toEqual([all[16]])
})

test('each pattern is drawn in a hundred runs, and each kind of leak in as many runs as there are kinds', async () => {
  const [clean, planted] = await Promise.all([
    draw('--runs', '100'),
    draw('--plant', '--runs', String(PLANTS.length), '--from', '5'),
  ])
  for (const { name } of PATTERNS) expect(clean.join('\n')).toContain(`${name}(`)
  for (const { name } of PLANTS) expect(planted.join('\n')).toContain(`PLANT ${name}(`)
})

test('an application that leaks nothing must hold its heap', () => {
  expect(whatIsWrong(report('ok'), 0)).toBeUndefined()
  expect(whatIsWrong(report('leak', [rows]), 1)).toBe('verdict leak, not ok')
  expect(whatIsWrong(report('inconclusive'), 3)).toBe('verdict inconclusive, not ok')
  expect(whatIsWrong(undefined, 3)).toBe('no report, exit code 3')
})

test('a planted leak must be found where it is, and nothing beside it', () => {
  const cache = { class: 'leak', path: 'registry._LOADED.lrucache.serve.^cache.hasht{*}' }
  expect(whatIsWrong(report('leak', [rows]), 1, plant)).toBeUndefined()
  expect(whatIsWrong(report('ok'), 0, plant)).toBe('verdict ok, not leak')
  expect(whatIsWrong(report('leak', [cache]), 1, plant)).toBe(`nothing found at ^rows, but at ${cache.path}`)
  expect(whatIsWrong(report('leak', [rows, cache]), 1, plant)).toBe(`beside the planted leak: ${cache.path}`)
})

test('a planted leak off the Lua heap is found by its category and zone', () => {
  const zone = { class: 'leak', category: 'shm', zone: 'planted' }
  const wanted = { name: 'zone', category: 'shm', zone: 'planted' }
  expect(whatIsWrong(report('leak', [], [zone]), 1, wanted)).toBeUndefined()
  expect(whatIsWrong(report('leak', [], [{ ...zone, zone: 'limits' }]), 1, wanted)).toBe(
    'nothing found at planted, but at process.shm.limits',
  )
})

test('a name that is no pattern and no plant is refused', async () => {
  await expect(draw('no-such-cache')).rejects.toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/^soak: nothing is named no-such-cache; there are backlog, /),
  })
})
