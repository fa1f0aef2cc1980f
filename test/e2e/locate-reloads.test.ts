import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { PlanInput } from '../../plugin/measure/plan.js'
import type { Growth } from '../../plugin/types/growth.js'
import type { ProcessGrowth } from '../../plugin/types/report.js'
import { added, growth, malloc, zone } from './locate/second-look.js'

const conf = (name: string) => fileURLToPath(new URL(`locate/${name}`, import.meta.url))

const RELOADED: PlanInput = { request: '/quiet', expectStatus: '204', reload: true }
const BEGINS = 'registry._LOADED.begins'

/** `begins.lua:7`, by the mark of the line. */
function at(file: string, mark: string): string {
  const lines = readFileSync(conf(file), 'utf8').split('\n')
  return `${file.replace('lua/', '')}:${1 + lines.findIndex((text) => text.endsWith(`-- adds: ${mark}`))}`
}

/** Line and rate, and whether each reload added: how many there was time for depends on the machine. */
async function seen(grown: Growth | ProcessGrowth, name = 'reloads.conf') {
  const { addedAt, why } = await added(RELOADED, grown, conf(name))
  return [
    ...addedAt.map(({ source, perRequest, requests, watched }) => [source, perRequest, requests === watched]),
    ...(why === undefined ? [] : [why]),
  ]
}

test.each<[what: string, growth: Growth | ProcessGrowth, line: string, perReload: number]>([
  ['what init puts into a shared dictionary', zone('generations'), at('reloads.conf', 'generation'), 1],
  ['what each worker puts into one as it starts', zone('started'), 'starts.lua:3', 1],
  ['a key beside those that are rebuilt', zone('rebuilt'), at('reloads.conf', 'rebuilt'), 1],
  ['malloc of a module that init loads', malloc(40_008), at('lua/begins.lua', 'lost'), 40_020],
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
