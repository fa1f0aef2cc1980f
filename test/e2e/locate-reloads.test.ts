import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { PlanInput } from '../../plugin/measure/plan-options.js'
import type { Growth } from '../../plugin/types/growth.js'
import type { ProcessGrowth } from '../../plugin/types/report.js'
import { added, growth, malloc, zone } from './locate/second-look.js'

const conf = (name: string) => fileURLToPath(new URL(`locate/${name}`, import.meta.url))

const RELOADED: PlanInput = { request: '/quiet', expectStatus: '204', reload: true }
const BEGINS = 'registry._LOADED.begins'

const TEXT = { objectsPerRequest: 0, entriesPerRequest: 0, bytesPerRequest: 14 }
const TABLE = { objects: 1, bytes: 40, objectsPerRequest: 1, bytesPerRequest: 40 }
const LINKS = { entriesPerRequest: 0, elements: { table: 1 }, types: { table: TABLE } }

/** `begins.lua:7`, by the mark of the line. */
function at(file: string, mark: string): string {
  const lines = readFileSync(conf(file), 'utf8').split('\n')
  return `${file.replace('lua/', '')}:${1 + lines.findIndex((text) => text.endsWith(`-- adds: ${mark}`))}`
}

/** Line and rate, and whether each reload added: how many there was time for depends on the machine. */
async function seen(grown: Growth | ProcessGrowth, name = conf('reloads.conf')) {
  const { addedAt, why } = await added(RELOADED, grown, name)
  return [
    ...addedAt.map(({ source, perRequest, requests, watched }) => [source, perRequest, requests === watched]),
    ...(why === undefined ? [] : [why]),
  ]
}

test.each<[what: string, growth: Growth | ProcessGrowth, line: string, perReload: number]>([
  ['what init puts into a shared dictionary', zone('generations'), at('reloads.conf', 'generation'), 1],
  ['what each worker puts into one as it starts', zone('started'), 'starts.lua:3', 1],
  ['a key beside those that are rebuilt', zone('rebuilt'), at('reloads.conf', 'rebuilt'), 1],
  [
    'malloc of a module that init loads',
    { ...malloc(36_000), rounds: [40_016, 0, 40_016] },
    at('lua/begins.lua', 'lost'),
    40_020,
  ],
  ['a text that is longer each time', growth(`${BEGINS}.text`, TEXT), at('lua/begins.lua', 'text'), 14],
  ['a chain that is longer each time', growth(`${BEGINS}.last(.before)+`, LINKS), at('lua/begins.lua', 'chain'), 1],
  ['a table whose keys are numbers', growth(`${BEGINS}.find.^by_id[*]`), at('lua/begins.lua', 'ids'), 1],
  ['a list that is longer each time', growth(`${BEGINS}.routes[*]`), at('lua/begins.lua', 'routes'), 1],
  ['a list that is full before it has a name', growth('globals.inherited[*]'), at('lua/begins.lua', 'made'), 1],
  [
    'a list of a module that is still being loaded',
    growth(`${BEGINS}.names.^names[*]`),
    at('lua/begins.lua', 'names'),
    1,
  ],
])('%s is told by its line, by reload', async (_what, grown, line, perReload) => {
  expect(await seen(grown)).toEqual([[line, perReload, true]])
})

test('what each generation has as much of is told without a line', async () => {
  const [why, ...others] = await seen(growth(`${BEGINS}.constant[*]`))
  expect([why, others]).toEqual([expect.stringMatching(/^nothing came in the \d+ reloads that were watched$/), []])
})

test.each([
  [
    'sets a debug hook',
    'debug.sethook(function() end, "c")',
    'sets a debug hook of its own, so its lines cannot be watched',
  ],
  ['turns the JIT compiler on', 'jit.on()', 'turns the JIT compiler on, and compiled code cannot be watched'],
])('an init that %s is told without a line', async (_what, lua, why) => {
  expect(await seen(growth('globals.kept[*]'), confWith(`kept = {} ${lua}`))).toEqual([`the code ${why}`])
})

test('an init that is slow where it is watched goes on without being watched', async () => {
  const slow = confWith('local sum = 0 for id = 1, 1e7 do sum = sum + id end ngx.shared.starts:set(ngx.now(), sum)')
  expect(await seen(growth('globals.kept[*]'), slow)).toEqual([
    'what OpenResty runs at its start took more than 2 s with each of its lines watched',
  ])
  expect(await seen(zone('starts'), slow)).toEqual([['nginx.conf:5', 1, true]])
})

test('code on the line of the directive is told by that line', async () => {
  const list = confWith('kept = {} for id = 1, ngx.shared.starts:incr("starts", 1, 0) do kept[id] = id end')
  expect(await seen(growth('globals.kept[*]'), list)).toEqual([['nginx.conf:5', 1, true]])
})

/** A conf with this init_by_lua; it goes with its test. */
function confWith(init: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'locate-reloads-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'nginx.conf')
  writeFileSync(
    file,
    `events {}
http {
    lua_shared_dict starts 1m;
    # its code is on the line of the directive
    init_by_lua_block { ${init} }
    server { listen 8080; location = /quiet { return 204; } location = /t { content_by_lua_block { ngx.say("ok") } } }
}
`,
  )
  return file
}
