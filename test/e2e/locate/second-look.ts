import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Analysis } from '../../../plugin/analysis/analysis.js'
import { locate } from '../../../plugin/locate/locate.js'
import { restartOf } from '../../../plugin/locate/restart.js'
import { makePlan } from '../../../plugin/measure/plan.js'
import type { PlanInput } from '../../../plugin/measure/plan-options.js'
import type { Growth } from '../../../plugin/types/growth.js'
import type { ProcessGrowth } from '../../../plugin/types/report.js'

export const CONF = fileURLToPath(new URL('nginx.conf', import.meta.url))
const LUA = readFileSync(new URL('lua/kept.lua', import.meta.url), 'utf8').split('\n')
const CONTAINER = process.env.LOCATE_RUNTIME === 'container'

export const KEPT = 'registry._LOADED.kept'
export const COROUTINES = 'registry[<ngx_http_lua_coroutines_key>][*]'

/** A growth as a measurement tells it, with as much of it as the second start takes. */
export function growth(path: string, rates: Partial<Growth> = {}): Growth {
  return {
    class: 'leak',
    vm: 'http',
    path,
    source: null,
    workers: [],
    coveredBy: null,
    rounds: [],
    objectsPerRequest: 1,
    bytesPerRequest: 40,
    entriesPerRequest: 1,
    slots: { used: 0, allocated: 0, bytes: 0 },
    types: {},
    ...rates,
  }
}

export function zone(name: string): ProcessGrowth {
  return { class: 'leak', category: 'shm', zone: name, bytes: 1, bytesPerRequest: 64, entriesPerRequest: 1 }
}

export function malloc(bytesPerRequest: number): ProcessGrowth {
  return { class: 'leak', category: 'malloc', bytes: 1, bytesPerRequest }
}

export function analysis(plan: PlanInput, growths: readonly Growth[], process: readonly ProcessGrowth[]): Analysis {
  const runtime = { kind: 'local', description: '', notices: [], prefix: CONF.replace('/nginx.conf', '') }
  const measurement = { plan: makePlan(plan), runtime, workers: [1], others: [], moments: [], faults: [], notes: [] }
  return {
    measurement,
    series: { vms: [] },
    growths,
    moved: [],
    process: { growths: process, moved: [] },
  } as unknown as Analysis
}

/** What a second start tells of one growth. */
export async function added(plan: PlanInput, grown: Growth | ProcessGrowth, conf = CONF) {
  const isHeap = 'path' in grown
  const restart = restartOf({ conf, runtime: CONTAINER ? 'container' : 'auto' }, {})
  const seen = await locate(analysis(plan, isHeap ? [grown] : [], isHeap ? [] : [grown]), { restart, conf })
  const [told] = [...seen.growths, ...seen.process.growths]
  return { addedAt: told!.addedAt!, why: told!.addedAtWhy }
}

/** `demo.lua:5 in go 1 40` */
export async function lines(plan: PlanInput, grown: Growth | ProcessGrowth, conf = CONF): Promise<string[]> {
  const { addedAt, why } = await added(plan, grown, conf)
  return [
    ...addedAt.map(
      ({ source, function: name, perRequest, requests }) => `${source} in ${name} ${perRequest} ${requests}`,
    ),
    ...(why === undefined ? [] : [why]),
  ]
}

/** `kept.lua:rawset` with the number of the line that is marked so. */
export function placed(text: string): string {
  return text.replace(/^kept\.lua:([a-z ]+?)(?= in |$)/, (_, mark: string) => `kept.lua:${numberOf(mark)}`)
}

export function numberOf(mark: string): number {
  return 1 + LUA.findIndex((text) => text.endsWith(`-- adds: ${mark}`))
}
